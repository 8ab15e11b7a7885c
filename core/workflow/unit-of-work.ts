import type { OutgoingRecord, Position } from '../messages/record.ts';
import type { FinishedSpan } from '../messages/trace-context.ts';
import { type Consumer, TransportError } from '../messages/transport.ts';
import { type Job, UNPUBLISHED_WAKE_MS } from './job.ts';
import type { JobChange, JobStore } from './store.ts';

/** What was decided for one job, or for one record that belongs to no job (then `change` is null). */
export interface Decided {
  readonly change: JobChange | null;
  readonly records: readonly OutgoingRecord[];
  /** Where `change` is null: the partition of the record that it was decided for. */
  readonly partition?: number;
  /** Time brought it: no record will come again if a crash cuts it off. */
  readonly byTime?: true;
  /** Spans that ended by it: told once it is durable. */
  readonly spans?: readonly FinishedSpan[];
}

/** Store changes, published records and committed offsets of one batch or tick, as one thing. */
export interface UnitOfWork {
  readonly decided: readonly Decided[];
  /** The next offsets to read; empty for a tick. */
  readonly offsets: readonly Position[];
  /**
   * The changes belong together: where one of them loses to another's, none is saved, whatever brought it. By default
   * each is for itself.
   */
  readonly allOrNone?: boolean;
}

/** Makes a unit of work durable: all of it on return. Throws `TransportError` where it could not. */
export type CommitUnit = (consumer: Consumer, unit: UnitOfWork) => Promise<void>;

/**
 * The unit of work where job store and log are separate things: save (compare-and-set), publish, commit offsets.
 * A crash in between is mended by redelivery, which finds the change saved and publishes its effects again
 * (invariant 5): so the offsets may as well wait for those of later units. For what time brought no record comes again,
 * so such a job is saved as still due, and gets its own time once its records are durable: until then every tick finds
 * it and publishes again.
 *
 * Where another has changed a job meanwhile, nothing is published for it. If it was a record's job, the unit is
 * not done: it throws `TransportError` ('fenced') without committing, so that the record is decided again on the
 * job as it is now, by whoever owns it. In a unit that is all or none, nothing was saved then either; else the others'
 * changes are, and their records' redelivery publishes what belongs to them.
 */
export function commitInOrder(store: JobStore): CommitUnit {
  const save = async (changes: readonly JobChange[], allOrNone = false): Promise<ReadonlySet<string>> =>
    new Set(changes.length === 0 ? [] : await store.save(changes, { allOrNone }));
  return async (consumer, { decided, offsets, allOrNone = false }) => {
    const conflicts = await save(
      decided.flatMap((each) => (each.change === null ? [] : [firstSave(each, each.change)])),
      allOrNone,
    );
    const isMoot = ({ change }: Decided): boolean => change !== null && conflicts.has(change.job.workflowId);
    if (decided.some((each) => isMoot(each) && (allOrNone || each.byTime !== true))) {
      throw new TransportError(
        'fenced',
        'Jobs of this batch were changed meanwhile; its records have to be decided again.',
      );
    }
    const standing = decided.filter((each) => !isMoot(each));
    await consumer.commit({
      records: standing.flatMap(({ records }) => records),
      offsets,
      offsetsMayWait: true,
    });
    // one who has changed the job since has set its time too: then this loses, as it should
    await save(
      standing.flatMap(({ change, byTime }) =>
        change === null || byTime !== true ? [] : [lastSave(change)],
      ),
    );
  };
}

function firstSave({ byTime }: Decided, change: JobChange): JobChange {
  return byTime === true ? { job: { ...change.job, wakeAtMs: UNPUBLISHED_WAKE_MS } } : change;
}

/** The change again as it shall be, with nothing left to publish. */
function lastSave({ job, forget }: JobChange): JobChange {
  const { untold: _, discards: __, ...bare } = job;
  const settled: Job = { ...bare, revision: job.revision + 1, events: [] };
  return forget === true ? { job: settled, forget } : { job: settled };
}
