import { parseArgs } from 'node:util';

/** An option that can't be used: the message names it and says what it takes. */
export class OptionsError extends Error {
  override readonly name = 'OptionsError';
}

/** What a whole number may be, and which it is where none is given. */
export interface WholeRange<Fallback> {
  readonly fallback: Fallback;
  readonly min: number;
  readonly max: number;
  /** So many digits at most. Default 12. */
  readonly digits?: number;
}

/** The names of options or switches that are described by name. */
export const namesOf = <T extends object>(of: T): readonly (keyof T & string)[] =>
  Object.keys(of) as (keyof T & string)[];

/** Reads `--name VALUE` for the options and `--name` for the switches. Throws `OptionsError` for anything else. */
export function parseFlags<Option extends string, Switch extends string>(
  args: readonly string[],
  options: readonly Option[],
  switches: readonly Switch[],
): {
  readonly given: Readonly<Partial<Record<Option, string>>>;
  readonly flags: Readonly<Partial<Record<Switch, boolean>>>;
} {
  const config = Object.fromEntries([
    ...options.map((name) => [name, { type: 'string' as const }]),
    ...switches.map((name) => [name, { type: 'boolean' as const }]),
  ]) as Record<string, { type: 'string' | 'boolean' }>;
  try {
    const { values } = parseArgs({ args: [...args], options: config, strict: true });
    return {
      given: values as Partial<Record<Option, string>>,
      flags: values as Partial<Record<Switch, boolean>>,
    };
  } catch (error) {
    throw new OptionsError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

export function whole<Fallback extends number | null>(
  name: string,
  text: string | undefined,
  { fallback, min, max, digits = 12 }: WholeRange<Fallback>,
): number | Fallback {
  if (text === undefined) return fallback;
  const value = /^\d+$/.test(text) && text.length <= digits ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new OptionsError(`--${name} "${text}" can't be used: give a whole number from ${min} to ${max}`);
}

/** One of the choices; null where nothing is given. */
export function oneOf<const T extends string>(
  name: string,
  text: string | undefined,
  choices: readonly T[],
): T | null {
  if (text === undefined) return null;
  const found = choices.find((choice) => choice === text);
  if (found !== undefined) return found;
  throw new OptionsError(`--${name} "${text}" can't be used: give one of ${choices.join(', ')}`);
}
