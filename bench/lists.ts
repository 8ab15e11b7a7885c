// Options that take several values, separated by commas.
import { OptionsError, type WholeRange, whole } from '../test/support/flags.ts';

const partsOf = (given: string): readonly string[] => given.split(',').map((each) => each.trim());

/** Those of `all` that are named, in the order of `all`. Throws `OptionsError`. */
export function someOf<T extends string>(flag: string, given: string, all: readonly T[]): readonly T[] {
  const asked = partsOf(given);
  const known = all.filter((each) => asked.includes(each));
  if (known.length === new Set(asked).size) return known;
  throw new OptionsError(
    `--${flag} "${given}" can't be used: give some of ${all.join(', ')}, separated by commas`,
  );
}

/** Whole numbers, each once, the smallest first; the fallback alone where none is given. Throws `OptionsError`. */
export function wholes(
  flag: string,
  given: string | undefined,
  range: WholeRange<number>,
): readonly number[] {
  const parts = given === undefined ? [undefined] : partsOf(given);
  if (parts.length === 1) return [whole(flag, parts[0], range)];
  const read = parts.map((part) => {
    try {
      return whole(flag, part, range);
    } catch (error) {
      const { min, max } = range;
      const takes = `give whole numbers from ${min} to ${max}, separated by commas`;
      throw new OptionsError(`--${flag} "${given}" can't be used: ${takes}`, { cause: error });
    }
  });
  return [...new Set(read)].toSorted((a, b) => a - b);
}
