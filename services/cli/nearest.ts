/** The name that was probably meant: the one with the fewest changes of a letter; null where none is near. */
export function nearest(given: string, names: readonly string[]): string | null {
  if (given === '') return null;
  const near = names
    .map((name) => ({ name, changes: name.startsWith(given) ? 1 : distance(given, name) }))
    .filter(({ name, changes }) => changes <= Math.max(1, Math.floor(name.length / 3)))
    .sort((one, other) => one.changes - other.changes);
  return near[0]?.name ?? null;
}

/** How many letters are to be changed, put in, left out or swapped with their neighbour (optimal string alignment). */
function distance(one: string, other: string): number {
  let [before, last]: [number[], number[]] = [[], Array.from({ length: other.length + 1 }, (_, at) => at)];
  for (let row = 1; row <= one.length; row++) {
    const next = [row];
    for (let column = 1; column <= other.length; column++) {
      const isSame = one[row - 1] === other[column - 1];
      const isSwapped = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      const costs = [
        (last[column] ?? 0) + 1,
        (next[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (isSame ? 0 : 1),
        ...(isSwapped ? [(before[column - 2] ?? 0) + 1] : []),
      ];
      next.push(Math.min(...costs));
    }
    [before, last] = [last, next];
  }
  return last[other.length] ?? 0;
}
