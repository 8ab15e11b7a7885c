/** Partitions in short: 0, 1, 2, 5 as `0–2, 5`. They come in order. */
export function ranges(partitions: readonly number[]): string {
  const runs: { from: number; to: number }[] = [];
  for (const partition of partitions) {
    const last = runs.at(-1);
    if (last !== undefined && partition === last.to + 1) last.to = partition;
    else runs.push({ from: partition, to: partition });
  }
  return runs.map(({ from, to }) => (from === to ? `${from}` : `${from}–${to}`)).join(', ');
}
