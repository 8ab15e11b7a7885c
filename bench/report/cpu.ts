import type { Row } from './results.ts';

type ByProcess = Readonly<Record<string, number>>;

/** Processor time a bill by process, the mean of the repetitions: one alone is too short for the kernel's 10 ms. */
export function cpuOf({ throughput: repetitions }: Pick<Row, 'throughput'>): ByProcess | null {
  const names = Object.keys(repetitions[0]?.cpuUsPerBill ?? {});
  if (names.length === 0) return null;
  return Object.fromEntries(
    names.map((name) => [name, mean(repetitions.map(({ cpuUsPerBill }) => cpuUsPerBill?.[name] ?? 0)) ?? 0]),
  );
}

/** Of the processes whose names begin so. */
export function sum(values: ByProcess | null, part = ''): number | null {
  if (values === null) return null;
  return Object.entries(values).reduce(
    (total, [name, value]) => total + (name.startsWith(part) ? value : 0),
    0,
  );
}

export const mean = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((total, value) => total + value, 0) / values.length;

/** Processor time a bill of all processes together, in µs; null where the system doesn't tell. */
export const cpuUsPerBill = (row: Pick<Row, 'throughput'>): number | null => sum(cpuOf(row));
