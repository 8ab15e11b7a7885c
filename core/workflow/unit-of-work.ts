import type { OutgoingRecord, Position } from '../messages/record.ts';
import type { Consumer } from '../messages/transport.ts';
import type { JobChange, JobStore } from './store.ts';

/** What was decided for one job, or for one record that belongs to no job (then `change` is null). */
export interface Decided {
  readonly change: JobChange | null;
  readonly records: readonly OutgoingRecord[];
}

/** Store changes, published records and committed offsets of one batch or tick, as one thing. */
export interface UnitOfWork {
  readonly decided: readonly Decided[];
  /** The next offsets to read; empty for a tick. */
  readonly offsets: readonly Position[];
}

/** Makes a unit of work durable: all of it on return. Throws `TransportError` where it could not. */
export type CommitUnit = (consumer: Consumer, unit: UnitOfWork) => Promise<void>;

/**
 * The unit of work where job store and log are separate things: save (compare-and-set), publish, commit
 * offsets. A crash in between is mended by redelivery, which finds the change saved and publishes its
 * effects again (invariant 5). A job whose stored revision moved on meanwhile keeps what it has: this
 * unit's effects for it are dropped, as another owner has published its own.
 */
export function commitInOrder(store: JobStore): CommitUnit {
  return async (consumer, unit) => {
    const changes = unit.decided.flatMap(({ change }) => (change === null ? [] : [change]));
    const conflicts = new Set(changes.length === 0 ? [] : await store.save(changes));
    const records = unit.decided.flatMap(({ change, records }) =>
      change !== null && conflicts.has(change.job.workflowId) ? [] : records,
    );
    await consumer.commit({ records, offsets: unit.offsets });
  };
}
