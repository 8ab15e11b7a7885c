// Given a fold and stored states, when records come, then see what is published, stored and counted.
import type { Json } from '../../../core/messages/json.ts';
import { partitionFor } from '../../../core/messages/partitioner.ts';
import type { IncomingRecord, OutgoingRecord, Payload } from '../../../core/messages/record.ts';
import { type FoldDecision, foldBatch, readBatch, stateIdsOf } from '../../../core/view/fold-batch.ts';
import type { AnyKeyedFold } from '../../../core/view/keyed-fold.ts';
import { stateId } from '../../../core/view/keyed-state.ts';
import type { Job } from '../../../core/workflow/job.ts';

export const PARTITIONS = 4;
export const homeOf = (key: string): number => partitionFor(key, PARTITIONS);

let offset = 0;

/** A record in the home partition of its key; a value that is not text goes as JSON. */
export function incoming(
  topic: string,
  key: string,
  value: Payload | Json,
  fields: Partial<IncomingRecord> = {},
): IncomingRecord {
  const isPayload = value === null || typeof value === 'string' || value instanceof Uint8Array;
  const payload = isPayload ? (value as Payload) : JSON.stringify(value);
  return {
    topic,
    partition: homeOf(key),
    offset: offset++,
    key,
    value: payload,
    headers: {},
    timestampMs: 0,
    ...fields,
  };
}

/** What a batch came to. */
export interface Folded extends FoldDecision {
  readonly records: readonly OutgoingRecord[];
}

/** A fold over a store of its own, as a host runs it. */
export class FoldBench {
  readonly stored: Map<string, Job> = new Map();
  readonly #fold: AnyKeyedFold;
  readonly #isTraced: boolean;

  constructor(fold: AnyKeyedFold, isTraced = false) {
    this.#fold = fold;
    this.#isTraced = isTraced;
  }

  /** Decides a batch; nothing is stored yet, as if the host had died then. */
  decide(...records: readonly IncomingRecord[]): Folded {
    const batch = readBatch(this.#fold, records);
    const loaded = new Map(
      stateIdsOf(this.#fold, batch).flatMap((id): [string, Job][] => {
        const job = this.stored.get(id);
        return job === undefined ? [] : [[id, JSON.parse(JSON.stringify(job)) as Job]];
      }),
    );
    const decision = foldBatch(this.#fold, batch, loaded, PARTITIONS, this.#isTraced);
    return { ...decision, records: decision.decided.flatMap((each) => each.records) };
  }

  /** Decides a batch and stores its states. */
  run(...records: readonly IncomingRecord[]): Folded {
    const folded = this.decide(...records);
    for (const { change } of folded.decided) {
      if (change !== null) this.stored.set(change.job.workflowId, change.job);
    }
    return folded;
  }

  /** The stored state of a key. */
  state(key: string): unknown {
    return this.stored.get(stateId(this.#fold.name, key))?.input;
  }
}

/** What lies on a topic of what was published, with its key and headers. */
export function on(
  records: readonly OutgoingRecord[],
  topic: string,
): { readonly key: Payload; readonly partition: number; readonly value: Json; readonly headers: object }[] {
  return records
    .filter((each) => each.topic === topic)
    .map(({ key, partition, value, headers = {} }) => ({
      key,
      partition,
      value: JSON.parse(String(value)) as Json,
      headers,
    }));
}
