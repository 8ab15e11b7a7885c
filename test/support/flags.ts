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

const partsOf = (given: string): readonly string[] => given.split(',').map((each) => each.trim());

/** Those of `all` that are named, separated by commas, in the order of `all`. `hint` says what is allowed. Throws `OptionsError`. */
export function someOf<T extends string>(
  name: string,
  text: string,
  all: readonly T[],
  hint = `give some of ${all.join(', ')}, separated by commas`,
): readonly T[] {
  const asked = new Set(partsOf(text));
  const known = all.filter((each) => asked.has(each));
  if (known.length === asked.size) return known;
  throw new OptionsError(`--${name} "${text}" can't be used: ${hint}`);
}

/** Whole numbers, each once, the smallest first; the fallback alone where none is given. Throws `OptionsError`. */
export function wholes(name: string, text: string | undefined, range: WholeRange<number>): readonly number[] {
  const parts = text === undefined ? [undefined] : partsOf(text);
  if (parts.length === 1) return [whole(name, parts[0], range)];
  const read = parts.map((part) => {
    try {
      return whole(name, part, range);
    } catch (error) {
      const { min, max } = range;
      const takes = `give whole numbers from ${min} to ${max}, separated by commas`;
      throw new OptionsError(`--${name} "${text}" can't be used: ${takes}`, { cause: error });
    }
  });
  return [...new Set(read)].toSorted((a, b) => a - b);
}
