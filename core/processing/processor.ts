import type { IncomingRecord, OutgoingRecord, Position } from '../messages/record.ts';
import type { FinishedSpan } from '../messages/trace-context.ts';
import type { Consumer, Transport } from '../messages/transport.ts';
import type { Ledger } from '../workflow/ledger.ts';
import type { JobStore } from '../workflow/store.ts';
import type { CommitUnit } from '../workflow/unit-of-work.ts';

/** What a processor does with its group's records: decide and make durable, all of it or nothing. */
export interface Processor {
  readonly group: string;
  readonly topics: readonly string[];
  /** Those of which records are taken last; see `JoinOptions.last`. */
  readonly last?: readonly string[];
  /** Decides these records and commits the unit of work; returns where each record ended. */
  handle(records: readonly IncomingRecord[], consumer: Consumer): Promise<Ledger>;
  /** Why a record that alone makes `handle` throw goes to the dead letters. */
  readonly asideReason: string;
  /** At most so many records at once; default 1,000. */
  readonly maxRecords?: number;
  /** False for an error that no record is to blame for: then it is tried again, and not put aside. */
  isRecordsFault?(error: Error): boolean;
  /** Called between batches; returns how long the next poll may wait, in milliseconds. */
  tick?(consumer: Consumer): Promise<number>;
  /** Kept with the offsets that this processor commits; see `JoinOptions.mark`. */
  readonly mark?: string | undefined;
  onGained?(partitions: readonly number[], marks: readonly string[]): void;
  onLost?(partitions: readonly number[]): void;
  /** Jobs of its partitions that wait, by state: for metrics. */
  jobs?(): Readonly<Record<string, number>>;
  /** Told when the loop is to end: what is in hand may be given up by throwing. */
  onStop?(): void;
}

/** What a processor throws when it must not go on: the loop leaves the group, says why, and ends. */
export class GiveUp extends Error {
  override readonly name = 'GiveUp';
}

/** What a processor of the core runs on: a log, a job store, and how a unit of work is made durable on the two. */
export interface Workplace {
  readonly transport: Transport;
  readonly jobStore: JobStore;
  readonly commit: CommitUnit;
  /** Whether changes, records and offsets are one transaction, so that nothing is ever published again. */
  readonly atomic: boolean;
}

/** Takes what is worth saying to people. */
export interface LogLines {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Is told what became durable: for traces, and for logs of records. */
export interface WorkObserver {
  /** Whether spans are wanted: asked for each batch. */
  readonly tracing: boolean;
  /** Spans that ended with a unit of work. */
  spans(spans: readonly FinishedSpan[]): void;
  /** Begins the handling of a batch by this group. */
  batch(group: string): BatchSpans;
  /** What a unit of work published. */
  published(records: readonly OutgoingRecord[]): void;
}

/** One span for each traced record of a batch, from when the batch began; told once the unit of work is durable. */
export interface BatchSpans {
  add(record: IncomingRecord, name: string, traceparent: string): void;
  tell(): void;
}

/** The next offsets to read after these records. */
export function offsetsAfter(records: readonly IncomingRecord[]): Position[] {
  const next = new Map<string, Position>();
  for (const [at, { topic, partition, offset }] of records.entries()) {
    const following = records[at + 1];
    // they come in runs of a partition, of which the last one counts
    if (following?.partition === partition && following.topic === topic) continue;
    next.set(`${topic}/${partition}`, { topic, partition, offset: offset + 1 });
  }
  return [...next.values()];
}
