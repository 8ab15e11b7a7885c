/** Where a record ended (invariant 6). `moved`: put into its home partition, where it counts again. */
export type Outcome = 'applied' | 'repeat' | 'notOurs' | 'parked' | 'deadLettered' | 'moved';

/** Counts by `topic outcome` or `topic outcome reason`; they add up to the records read. */
export type Ledger = Record<string, number>;

/** Counts one record. */
export function addTo(ledger: Ledger, topic: string, outcome: Outcome, reason: string | null = null): void {
  const key = reason === null ? `${topic} ${outcome}` : `${topic} ${outcome} ${reason}`;
  ledger[key] = (ledger[key] ?? 0) + 1;
}

/** Adds one ledger to another. */
export function mergeInto(total: Ledger, part: Ledger): void {
  for (const [key, count] of Object.entries(part)) total[key] = (total[key] ?? 0) + count;
}
