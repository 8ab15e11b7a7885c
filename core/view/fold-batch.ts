import { deepFreeze, type Json } from '../messages/json.ts';
import { partitionFor } from '../messages/partitioner.ts';
import type { IncomingRecord, OutgoingRecord } from '../messages/record.ts';
import { childContext, isSampled, parseTraceparent, traceHeaders } from '../messages/trace-context.ts';
import { deadLetter, MOVED_HEADER } from '../workflow/intake.ts';
import type { Job } from '../workflow/job.ts';
import { addTo, type Ledger } from '../workflow/ledger.ts';
import type { Decided } from '../workflow/unit-of-work.ts';
import type { AnyKeyedFold, Emitted, Reading, States } from './keyed-fold.ts';
import { stateId, stateJob } from './keyed-state.ts';

/** A record with what it is to the fold, before any state is loaded. */
export interface ReadRecord {
  readonly record: IncomingRecord;
  readonly reading: Reading<unknown>;
  /** The keys of the states that it needs. */
  readonly keys: readonly string[];
}

/** Reads a batch: what each record says, and which states it needs. */
export function readBatch(fold: AnyKeyedFold, records: readonly IncomingRecord[]): readonly ReadRecord[] {
  const inputs = new Map(fold.inputs.map((each) => [each.topic, each]));
  return records.map((record) => {
    const reading: Reading<unknown> = inputs.get(record.topic)?.read(record) ?? { kind: 'notOurs' };
    return { record, reading, keys: reading.kind === 'message' ? fold.keysOf(reading.message) : [] };
  });
}

/** The ids of all states that a batch needs, as the job store has them. */
export function stateIdsOf(fold: AnyKeyedFold, batch: readonly ReadRecord[]): readonly string[] {
  return [...new Set(batch.flatMap(({ keys }) => keys.map((key) => stateId(fold.name, key))))];
}

export interface FoldDecision {
  readonly decided: readonly Decided[];
  readonly ledger: Ledger;
  /** The records that were folded and whose trace is sampled, with the context of the span of each. */
  readonly traced: readonly TracedRecord[];
}

export interface TracedRecord {
  readonly record: IncomingRecord;
  readonly traceparent: string;
}

/** The context of the span of a group's taking a record: a child of what the record was caused by. */
export function takingContext(group: string, { topic, partition, offset, headers }: IncomingRecord): string {
  return childContext(headers.traceparent ?? '', `${group} ${topic}/${partition}/${offset}`);
}

/** A state in the course of a batch. */
interface Draft {
  readonly stored: Job | undefined;
  value: Json | undefined;
  /** Where the record lies that changed it last: the partition whose owner keeps it. */
  partition: number;
  isChanged: boolean;
}

/**
 * Folds a batch in log order over the stored states: the states to save (all of them or none), the records to
 * publish, and where each record ended (invariant 6). What is emitted without a trace has that of the record that caused
 * it; with `isTraced`, a span of this fold lies between the two.
 */
export function foldBatch(
  fold: AnyKeyedFold,
  batch: readonly ReadRecord[],
  stored: ReadonlyMap<string, Job>,
  partitions: number,
  isTraced = false,
): FoldDecision {
  const ledger: Ledger = {};
  const traced: TracedRecord[] = [];
  const runs: { readonly partition: number; readonly records: OutgoingRecord[] }[] = [];
  const drafts = new Map<string, Draft>();
  for (const { record, reading, keys } of batch) {
    const records = recordsOf(runs, record.partition);
    switch (reading.kind) {
      case 'notOurs':
        addTo(ledger, record.topic, 'notOurs');
        break;
      case 'refused':
        records.push(deadLetter(record, reading.reason, reading.detail));
        addTo(ledger, record.topic, 'deadLettered', reading.reason);
        break;
      case 'message': {
        const away = moveHome(record, reading.home, partitions, ledger);
        if (away !== null) {
          records.push(away);
          break;
        }
        const access = new Access(fold, keys, drafts, stored, record.partition);
        const origin = isTraced ? withSpan(fold, record, traced) : record;
        records.push(...foldMessage(fold, reading.message, access, origin, { partitions, ledger }));
        break;
      }
      default:
        reading satisfies never;
    }
  }
  const changes = [...drafts].flatMap(([key, draft]): Decided[] => {
    if (!draft.isChanged || draft.value === undefined) return [];
    const revision = (draft.stored?.revision ?? 0) + 1;
    return [
      { change: { job: stateJob(fold.name, key, draft.partition, revision, draft.value) }, records: [] },
    ];
  });
  const others = runs.flatMap(({ partition, records }): Decided[] =>
    records.length === 0 ? [] : [{ change: null, records, partition }],
  );
  return {
    decided: [...changes, ...others],
    ledger,
    traced,
  };
}

/** Where to put what a record of this partition emits: in the order of the batch, and told apart by partition. */
function recordsOf(
  runs: { readonly partition: number; readonly records: OutgoingRecord[] }[],
  partition: number,
): OutgoingRecord[] {
  const last = runs.at(-1);
  if (last?.partition === partition) return last.records;
  const records: OutgoingRecord[] = [];
  runs.push({ partition, records });
  return records;
}

/** What one message makes the fold publish; what it refuses goes to the dead letters. */
function foldMessage(
  fold: AnyKeyedFold,
  message: unknown,
  access: Access,
  origin: IncomingRecord,
  { partitions, ledger }: { readonly partitions: number; readonly ledger: Ledger },
): readonly OutgoingRecord[] {
  const result = fold.fold(message, access, origin);
  if ('refused' in result) {
    if (access.hasChanged)
      throw new Error(`fold ${fold.name}: it refused a message that it let change a state`);
    addTo(ledger, origin.topic, 'deadLettered', result.refused.reason);
    return [deadLetter(origin, result.refused.reason, result.refused.detail)];
  }
  addTo(ledger, origin.topic, access.hasChanged || access.isStateless ? 'applied' : 'repeat');
  return result.map((each) => outgoing(each, partitions, origin));
}

/** The states of one message, and no others. */
class Access implements States<unknown> {
  hasChanged = false;
  readonly #fold: AnyKeyedFold;
  readonly #keys: readonly string[];
  readonly #drafts: Map<string, Draft>;
  readonly #stored: ReadonlyMap<string, Job>;
  readonly #partition: number;

  constructor(
    fold: AnyKeyedFold,
    keys: readonly string[],
    drafts: Map<string, Draft>,
    stored: ReadonlyMap<string, Job>,
    partition: number,
  ) {
    this.#fold = fold;
    this.#keys = keys;
    this.#drafts = drafts;
    this.#stored = stored;
    this.#partition = partition;
  }

  get isStateless(): boolean {
    return this.#keys.length === 0;
  }

  get(key: string): unknown {
    return this.#draft(key).value;
  }

  set(key: string, state: unknown): void {
    const draft = this.#draft(key);
    // what is folded next sees what a restart would see: a value that went through JSON and can't be changed
    draft.value = deepFreeze(JSON.parse(JSON.stringify(state)) as Json);
    draft.partition = this.#partition;
    draft.isChanged = true;
    this.hasChanged = true;
  }

  #draft(key: string): Draft {
    if (!this.#keys.includes(key))
      throw new Error(`fold ${this.#fold.name}: state "${key}" is not among those that keysOf names`);
    const known = this.#drafts.get(key);
    if (known !== undefined) return known;
    const stored = this.#stored.get(stateId(this.#fold.name, key));
    const value = stored === undefined ? undefined : deepFreeze(stored.input);
    const draft: Draft = { stored, value, partition: this.#partition, isChanged: false };
    this.#drafts.set(key, draft);
    return draft;
  }
}

/** The record as the fold sees it: where its trace is sampled, what it causes is a child of the fold's own span. */
function withSpan(fold: AnyKeyedFold, record: IncomingRecord, traced: TracedRecord[]): IncomingRecord {
  if (!isSampled(record.headers.traceparent)) return record;
  const traceparent = takingContext(fold.name, record);
  traced.push({ record, traceparent });
  return { ...record, headers: { ...record.headers, traceparent } };
}

function outgoing(
  { topic, key, partition, value, headers }: Emitted,
  partitions: number,
  { headers: { traceparent } }: IncomingRecord,
): OutgoingRecord {
  const place = { topic, partition: partition ?? partitionFor(key, partitions), key };
  const record = { ...place, value: JSON.stringify(value) };
  if (parseTraceparent(traceparent) === null || headers?.traceparent !== undefined)
    return headers === undefined ? record : { ...record, headers };
  return { ...record, headers: { ...headers, ...traceHeaders(traceparent).headers } };
}

/** The record once more for its home partition, or as a dead letter where it was moved before; null where it is at home. */
function moveHome(
  record: IncomingRecord,
  home: string | null,
  partitions: number,
  ledger: Ledger,
): OutgoingRecord | null {
  const { topic, partition, offset, key, value, headers } = record;
  if (home === null || partitionFor(home, partitions) === partition) return null;
  if (headers[MOVED_HEADER] !== undefined) {
    addTo(ledger, topic, 'deadLettered', 'misplaced');
    return deadLetter(
      record,
      'misplaced',
      `it was moved before and is still not in the partition of its key`,
    );
  }
  addTo(ledger, topic, 'moved');
  return {
    topic,
    partition: partitionFor(home, partitions),
    key: key ?? home,
    value,
    headers: { ...headers, [MOVED_HEADER]: `${topic}/${partition}/${offset}` },
  };
}
