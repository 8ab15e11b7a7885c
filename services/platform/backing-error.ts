/** A choice of log and job store that can't be had. The message says what to change. */
export class BackingError extends Error {
  override readonly name = 'BackingError';
}
