import type { Usage } from '../deploy/usage.ts';

/** Processor time a bill, in µs, of a process between two looks at it; null where the system didn't tell. */
export const processorUsPerBill = (
  before: Usage | null,
  after: Usage | null,
  bills: number,
): number | null =>
  before === null || after === null ? null : ((after.cpuMs - before.cpuMs) * 1_000) / bills;

/** Counts the processor time of this process from now on: gives what it came to a bill, in µs. */
export function ownProcessor(): (bills: number) => number {
  const before = process.cpuUsage();
  return (bills) => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / bills;
  };
}
