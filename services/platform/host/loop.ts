import type { Registry } from 'prom-client';
import type { Consumer, IncomingRecord, Ledger, Position, Transport } from '../../../core/mod.ts';
import { addTo, deadLetter, mergeInto, onlyReasons, TransportError } from '../../../core/mod.ts';
import type { Logger } from '../log.ts';
import { pause } from '../pause.ts';
import { LoopMetrics, type ObservedLoop } from './loop-metrics.ts';

/** What a processor does with its group's records: decide and make durable, all of it or nothing. */
export interface Processor {
  readonly group: string;
  readonly topics: readonly string[];
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

export interface LoopOptions {
  readonly transport: Transport;
  readonly logger: Logger;
  /** Where it is counted. */
  readonly metrics?: Registry | undefined;
}

export interface Loop {
  /** Where every record that this member read has ended; the counts add up to the records read. */
  readonly ledger: Readonly<Ledger>;
  /** 'running', or what it waits for. */
  readiness(): string;
  /** Finishes the batch in hand, commits, leaves the group. */
  stop(): Promise<void>;
}

const IDLE_WAIT_MS = 500;
const FIRST_BACKOFF_MS = 50;
const MAX_BACKOFF_MS = 5_000;
/** A log or store that is away paces its callers itself, and is to be used as soon as it is back. */
const MAX_WAIT_MS = 1_000;

/** The next offsets to read after these records. */
export function offsetsAfter(records: readonly IncomingRecord[]): Position[] {
  const next = new Map<string, Position>();
  for (const { topic, partition, offset } of records)
    next.set(`${topic}/${partition}`, { topic, partition, offset: offset + 1 });
  return [...next.values()];
}

/** Joins the group and runs the processor until stopped: poll, decide, commit, poll. It goes on by itself after a failure. */
export function runLoop(processor: Processor, options: LoopOptions): Loop {
  return new RunningLoop(processor, options);
}

class RunningLoop implements Loop {
  readonly ledger: Ledger = {};
  private stopping = false;
  private isPolling = false;
  private isCutOff = false;
  /** A unit failed: its records are to be read again before any other, or they would be passed over. */
  private isAstray = false;
  private problem: string | null = null;
  private backoffMs = 0;
  /** 1 after an unexpected error, so that one broken record is found and put aside (invariant 8). */
  private batchLimit: number;
  private readonly ended: Promise<void>;
  private readonly stopped: AbortController = new AbortController();
  private readonly processor: Processor;
  private readonly transport: Transport;
  private consumer: Consumer | null = null;
  private inHand: readonly IncomingRecord[] = [];
  private readonly logger: Logger;
  private readonly maxRecords: number;
  private readonly metrics: LoopMetrics | null;
  private readonly observed: ObservedLoop;

  constructor(processor: Processor, options: LoopOptions) {
    this.processor = processor;
    this.transport = options.transport;
    this.logger = options.logger;
    this.maxRecords = processor.maxRecords ?? 1000;
    this.batchLimit = this.maxRecords;
    this.metrics = options.metrics === undefined ? null : LoopMetrics.in(options.metrics);
    this.observed = this.observable();
    this.metrics?.add(this.observed);
    this.ended = this.run();
  }

  readiness(): string {
    if (this.problem !== null) return this.problem;
    if (this.stopping) return 'stopping';
    return this.consumer === null ? 'joining the group' : 'running';
  }

  async stop(): Promise<void> {
    this.stopping = true;
    this.stopped.abort();
    this.processor.onStop?.();
    // nothing is in hand while it polls: leaving the group ends the waiting, and what it yet gives is another's
    this.isCutOff = this.isPolling;
    if (this.isCutOff) await this.consumer?.close();
    await this.ended;
    await this.consumer?.close();
    this.metrics?.remove(this.observed);
    this.logger.info({ group: this.processor.group, ledger: this.ledger }, 'left the group');
  }

  private async run(): Promise<void> {
    while (!this.stopping) {
      this.inHand = [];
      try {
        await this.round();
      } catch (error) {
        // stopped: what was in hand is not committed, and so is done again by whoever is next
        if (this.stopping) return;
        if (error instanceof GiveUp) return await this.giveUp(error);
        // every failure is retried from what is committed: nothing of the failed unit counts as done
        await this.recover(this.inHand, error instanceof Error ? error : new Error(String(error)));
      }
    }
  }

  private async round(): Promise<void> {
    this.consumer ??= await this.join();
    const { consumer } = this;
    const waitMs = (await this.processor.tick?.(consumer)) ?? IDLE_WAIT_MS;
    if (this.stopping) return;
    if (this.isAstray) await consumer.rewind();
    this.isAstray = false;
    const records = await this.poll(consumer, Math.min(waitMs, IDLE_WAIT_MS));
    if (this.isCutOff) return;
    this.inHand = records;
    if (records.length > 0) await this.handle(records, consumer);
    this.recovered(records.length);
  }

  private async handle(records: readonly IncomingRecord[], consumer: Consumer): Promise<void> {
    const begunAt = performance.now();
    mergeInto(this.ledger, await this.processor.handle(records, consumer));
    this.metrics?.batch(this.processor.group, (performance.now() - begunAt) / 1000);
  }

  private observable(): ObservedLoop {
    const { processor, transport, ledger, logger } = this;
    const { group, topics } = processor;
    const jobs = processor.jobs === undefined ? {} : { jobs: () => processor.jobs?.() ?? {} };
    const consumer = (): Consumer | null => this.consumer;
    return {
      group,
      topics,
      ledger,
      transport,
      logger,
      get consumer() {
        return consumer();
      },
      readiness: () => this.readiness(),
      ...jobs,
    };
  }

  private join(): Promise<Consumer> {
    const { group, topics, mark } = this.processor;
    return this.transport.join({
      group,
      topics,
      mark,
      onGained: (partitions, marks = []) => {
        this.logger.info({ group, partitions }, 'gained partitions');
        this.processor.onGained?.(partitions, marks);
      },
      onLost: (partitions) => {
        this.logger.info({ group, partitions }, 'gave up partitions');
        this.processor.onLost?.(partitions);
      },
    });
  }

  private async poll(consumer: Consumer, waitMs: number): Promise<readonly IncomingRecord[]> {
    this.isPolling = true;
    try {
      return await consumer.poll({ maxRecords: this.batchLimit, waitMs });
    } finally {
      this.isPolling = false;
    }
  }

  private async giveUp({ message }: GiveUp): Promise<void> {
    this.problem = message;
    this.logger.error({ group: this.processor.group, reason: message }, 'gave up, and left the group');
    await this.consumer?.close();
  }

  private recovered(handled: number): void {
    if (this.problem !== null) this.logger.info({ group: this.processor.group }, 'works again');
    this.problem = null;
    this.backoffMs = 0;
    if (handled > 0 && this.batchLimit < this.maxRecords)
      this.batchLimit = Math.min(this.maxRecords, this.batchLimit * 4);
  }

  private async recover(records: readonly IncomingRecord[], error: Error): Promise<void> {
    const expected = error instanceof TransportError && error.canRetry;
    if (expected && error.code === 'fenced')
      this.logger.info(
        { group: this.processor.group },
        'another member took over; going on with what is ours',
      );
    else if (this.problem === null && expected)
      this.logger.warn(
        { group: this.processor.group, reason: error.message },
        'waiting for the log or the jobs',
      );
    else if (this.problem === null)
      this.logger.error({ group: this.processor.group, err: error }, 'could not go on; trying again');
    this.problem = error.message;
    this.metrics?.failed(this.processor.group);
    const [only] = records;
    // of what a log refuses only the size can be a record's fault: a missing topic is for a person to mend
    const isLogs = error instanceof TransportError && error.code !== 'record-too-large';
    const isRecordsFault = !isLogs && (this.processor.isRecordsFault?.(error) ?? true);
    if (isRecordsFault && records.length === 1 && only !== undefined && (await this.putAside(only, error)))
      return;
    if (isRecordsFault) this.batchLimit = 1;
    this.isAstray = true;
    this.backoffMs =
      expected && error.code === 'fenced'
        ? 0
        : Math.min(expected ? MAX_WAIT_MS : MAX_BACKOFF_MS, Math.max(FIRST_BACKOFF_MS, this.backoffMs * 2));
    if (this.backoffMs > 0) await pause(this.backoffMs, this.stopped.signal);
  }

  /** Sends a record to the dead letters, and commits past it; false where it could not. */
  private async putAside(record: IncomingRecord, error: Error): Promise<boolean> {
    const { topic, partition, offset } = record;
    const { asideReason } = this.processor;
    const letter = deadLetter(record, asideReason, error.message);
    try {
      await this.consumer?.commit({ records: [letter], offsets: offsetsAfter([record]) }).catch((cause) => {
        if (!(cause instanceof TransportError && cause.code === 'record-too-large')) throw cause;
        // no record, however large, may stop a partition: what is left of it says where it lies
        return this.consumer?.commit({ records: [onlyReasons(letter)], offsets: offsetsAfter([record]) });
      });
    } catch (cause) {
      // the log is away as well: the record is read again, and tried again
      this.logger.debug({ err: cause, topic, partition, offset }, 'could not put a record aside yet');
      return false;
    }
    addTo(this.ledger, topic, 'deadLettered', asideReason);
    this.logger.error({ topic, partition, offset }, 'put a record aside that could not be processed');
    return true;
  }
}
