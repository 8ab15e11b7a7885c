import type { Consumer, IncomingRecord, OutgoingRecord, Transport } from '../../core/mod.ts';

/** A transport to put under contract, with what a test needs around it. */
export interface TransportUnderTest {
  readonly transport: Transport;
  /**
   * Whether records and offsets are one transaction. Where they are not, the records of a unit whose offsets are
   * refused may be there all the same: a repeat, which the core makes harmless (invariant 5).
   */
  readonly atomic: boolean;
  /** Another transport on the same log, as another process would have. */
  connect(): Promise<Transport>;
  /** Takes the member for dead: its group goes on without it, and it does not know yet. */
  expire(consumer: Consumer): Promise<void>;
  /** Frees everything behind the transport. */
  close(): Promise<void>;
}

const DEADLINE_MS = 30_000;

/** Attempts until the condition holds; fails the test when the time is over. */
export async function eventually(what: string, attempt: () => Promise<boolean> | boolean): Promise<void> {
  const giveUpAt = performance.now() + DEADLINE_MS;
  while (!(await attempt())) {
    if (performance.now() > giveUpAt) throw new Error(`Not within ${DEADLINE_MS} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Polls until so many records have come. */
export async function take(
  source: { poll(options: { maxRecords: number; waitMs: number }): Promise<readonly IncomingRecord[]> },
  count: number,
): Promise<IncomingRecord[]> {
  const records: IncomingRecord[] = [];
  await eventually(`${count} records`, async () => {
    if (records.length < count) {
      records.push(...(await source.poll({ maxRecords: count - records.length, waitMs: 50 })));
    }
    return records.length >= count;
  });
  return records;
}

/** Polls all members in turn until each owns as many partitions as said. */
export async function settle(members: readonly Consumer[], counts: readonly number[]): Promise<void> {
  await eventually(`members own ${counts.join(', ')} partitions`, async () => {
    for (const member of members) {
      const records = await member.poll({ maxRecords: 1, waitMs: 0 });
      if (records.length > 0) await member.rewind();
    }
    return members.every((member, index) => member.partitions().length === counts[index]);
  });
}

/** A text record; the key says what it is in a test's expectations. */
export function record(topic: string, partition: number, value: string): OutgoingRecord {
  return { topic, partition, key: value, value };
}

export function values(records: readonly IncomingRecord[]): unknown[] {
  return records.map(({ value }) => value);
}

/** The code of the `TransportError` that the promise is rejected with. */
export async function failure(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
    return 'no failure';
  } catch (error) {
    return (error as { code?: unknown }).code ?? error; // The code is what the contract promises.
  }
}
