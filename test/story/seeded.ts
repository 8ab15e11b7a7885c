/** Chances that are the same for the same seed (mulberry32). */
export interface SeededRandom {
  /** A whole number from 0 to below the limit. */
  below(limit: number): number;
  shuffled<T>(values: readonly T[]): T[];
}

export function seededRandom(seed: number): SeededRandom {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  const shuffled = <T>(values: readonly T[]): T[] => {
    const rest = [...values];
    return values.flatMap(() => rest.splice(below(rest.length), 1));
  };
  return { below, shuffled };
}
