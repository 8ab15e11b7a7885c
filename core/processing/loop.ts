import type { IncomingRecord } from '../messages/record.ts';
import { type Consumer, type Transport, TransportError } from '../messages/transport.ts';
import { deadLetter, onlyReasons } from '../workflow/intake.ts';
import { addTo, type Ledger, mergeInto } from '../workflow/ledger.ts';
import { GiveUp, type LogLines, offsetsAfter, type Processor } from './processor.ts';

/** What a loop needs from outside: the log, a clock and a pause that can be cut short, and who is told. */
export interface LoopSurroundings {
  readonly transport: Transport;
  readonly logger: LogLines;
  /** Milliseconds from any beginning. */
  now(): number;
  pause(ms: number): Pause;
  readonly observer?: LoopObserver | undefined;
}

/** A wait that has begun. */
export interface Pause {
  /** Resolves when the time is up, or at `end`; never rejects. */
  readonly over: Promise<void>;
  end(): void;
}

/** Counts what a loop does. */
export interface LoopObserver {
  /** A batch's unit of work is durable; so long it took from having the records in hand, in milliseconds. */
  batch(tookMs: number): void;
  /** A unit of work failed, and is begun again. */
  failed(): void;
}

export interface Loop {
  /** Where every record that this member read has ended; the counts add up to the records read. */
  readonly ledger: Readonly<Ledger>;
  /** Null while it has not joined. */
  readonly consumer: Consumer | null;
  /** 'running', or what it waits for. */
  readiness(): string;
  /** Finishes the batch in hand, commits, leaves the group. */
  stop(): Promise<void>;
}

const MAX_RECORDS = 1_000;
const GROWTH = 4;
/** After a batch that took longer than the group waits for its members: growing fast would only lose the next one too. */
const CAREFUL_GROWTH = 1.1;
const IDLE_WAIT_MS = 500;
const FIRST_BACKOFF_MS = 50;
const MAX_BACKOFF_MS = 5_000;
/** A log or store that is away paces its callers itself, and is to be used as soon as it is back. */
const MAX_WAIT_MS = 1_000;

/** Joins the group and runs the processor until stopped: poll, decide, commit, poll. It goes on by itself after a failure. */
export function startLoop(processor: Processor, surroundings: LoopSurroundings): Loop {
  return new RunningLoop(processor, surroundings);
}

class RunningLoop implements Loop {
  readonly ledger: Ledger = {};
  consumer: Consumer | null = null;
  private stopping = false;
  private isPolling = false;
  private isCutOff = false;
  /** A unit failed: its records are to be read again before any other, or they would be passed over. */
  private isAstray = false;
  private problem: string | null = null;
  private backoffMs = 0;
  private backoff: Pause | null = null;
  /** 1 after an unexpected error, so that one broken record is found and put aside (invariant 8). */
  private batchLimit: number;
  /** How fast the limit grows again with each batch that is done. */
  private growth = GROWTH;
  private inHand: readonly IncomingRecord[] = [];
  private readonly maxRecords: number;
  private readonly processor: Processor;
  private readonly surroundings: LoopSurroundings;
  private readonly logger: LogLines;
  private readonly ended: Promise<void>;

  constructor(processor: Processor, surroundings: LoopSurroundings) {
    this.processor = processor;
    this.surroundings = surroundings;
    this.logger = surroundings.logger;
    this.maxRecords = processor.maxRecords ?? MAX_RECORDS;
    this.batchLimit = this.maxRecords;
    this.ended = this.run();
  }

  readiness(): string {
    if (this.problem !== null) return this.problem;
    if (this.stopping) return 'stopping';
    return this.consumer === null ? 'joining the group' : 'running';
  }

  async stop(): Promise<void> {
    this.stopping = true;
    this.backoff?.end();
    this.processor.onStop?.();
    // nothing is in hand while it polls: leaving the group ends the waiting, and what it yet gives is another's
    this.isCutOff = this.isPolling;
    if (this.isCutOff) await this.consumer?.close();
    await this.ended;
    await this.consumer?.close();
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
    const waitMs = this.isAstray ? await this.goBack(consumer) : await this.tick(consumer);
    if (this.stopping) return;
    const records = await this.poll(consumer, Math.min(waitMs, IDLE_WAIT_MS));
    if (this.isCutOff) return;
    this.inHand = records;
    if (records.length > 0) await this.handle(records, consumer);
    this.recovered(records.length);
  }

  private async tick(consumer: Consumer): Promise<number> {
    return (await this.processor.tick?.(consumer)) ?? IDLE_WAIT_MS;
  }

  /**
   * After a failure, first of all: what fires by time commits where the member stands, and would pass over what failed.
   * And before it fires anything a poll must tell what is still its own: for partitions that went to another it would fail
   * again and again, and never come to know.
   */
  private async goBack(consumer: Consumer): Promise<number> {
    await consumer.rewind();
    this.isAstray = false;
    return 0;
  }

  private join(): Promise<Consumer> {
    const { group, topics, last, mark } = this.processor;
    return this.surroundings.transport.join({
      group,
      topics,
      last,
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

  private async handle(records: readonly IncomingRecord[], consumer: Consumer): Promise<void> {
    const { now, observer } = this.surroundings;
    const begunAtMs = now();
    mergeInto(this.ledger, await this.processor.handle(records, consumer));
    observer?.batch(now() - begunAtMs);
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
      this.batchLimit = Math.min(this.maxRecords, Math.ceil(this.batchLimit * this.growth));
    if (this.batchLimit === this.maxRecords) this.growth = GROWTH;
  }

  private async recover(records: readonly IncomingRecord[], error: Error): Promise<void> {
    const expected = error instanceof TransportError && error.canRetry;
    const isFenced = expected && error.code === 'fenced';
    this.say(error, expected, isFenced);
    this.problem = error.message;
    this.surroundings.observer?.failed();
    const [only] = records;
    const isRecordsFault = this.isRecordsFault(error);
    if (isRecordsFault && records.length === 1 && only !== undefined && (await this.putAside(only, error)))
      return;
    if (isRecordsFault) this.batchLimit = 1;
    if (isFenced && records.length > 1) this.shorten(records.length);
    this.isAstray = true;
    const longestMs = expected ? MAX_WAIT_MS : MAX_BACKOFF_MS;
    this.backoffMs = isFenced ? 0 : Math.min(longestMs, Math.max(FIRST_BACKOFF_MS, this.backoffMs * 2));
    if (this.backoffMs > 0 && !this.stopping) await this.pause(this.backoffMs);
  }

  /** A batch was lost to another member, perhaps as it took too long: in halves it gets through, however slow this is. */
  private shorten(length: number): void {
    this.batchLimit = Math.ceil(length / 2);
    this.growth = CAREFUL_GROWTH;
  }

  /** What keeps the loop waiting is said once. */
  private say(error: Error, expected: boolean, isFenced: boolean): void {
    const { group } = this.processor;
    if (isFenced) this.logger.info({ group }, 'another member took over; going on with what is ours');
    else if (this.problem !== null) return;
    else if (expected) this.logger.warn({ group, reason: error.message }, 'waiting for the log or the jobs');
    else this.logger.error({ group, err: error }, 'could not go on; trying again');
  }

  private isRecordsFault(error: Error): boolean {
    // of what a log refuses only the size can be a record's fault: a missing topic is for a person to mend
    const isLogs = error instanceof TransportError && error.code !== 'record-too-large';
    return !isLogs && (this.processor.isRecordsFault?.(error) ?? true);
  }

  private async pause(ms: number): Promise<void> {
    this.backoff = this.surroundings.pause(ms);
    await this.backoff.over;
    this.backoff = null;
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
