/** What a measurement could not get, or got wrongly; nothing measured counts then. */
export class BenchFailure extends Error {
  override readonly name = 'BenchFailure';
}

/** Why a measurement was given up: a `BenchFailure` in its own words, anything else is a defect and told with its stack. */
export function failureText(error: unknown): string {
  if (error instanceof BenchFailure) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
