/** A setting that can't be used: the message names the variable and says what it takes. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}
