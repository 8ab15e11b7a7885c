import type { IncomingRecord, OutgoingRecord, Position } from './record.ts';

/** A topic as we create it: unlimited retention, unless it is compacted. */
export interface TopicSpec {
  readonly name: string;
  readonly partitions: number;
  /** Keeps the last record of each key instead of all records. */
  readonly compacted?: boolean;
  /**
   * Where compacted: for so many milliseconds every record stays readable, also those that a later one replaced.
   * Default: what the log's own is (the embedded log's is a minute).
   */
  readonly compactionLagMs?: number;
  /** Where compacted: replaced records are gone after about so many milliseconds; default: whenever the log sees fit. */
  readonly compactWithinMs?: number;
  /** The largest record that it takes, in bytes, where that is more than the log's own limit of about 1 MB. */
  readonly maxRecordBytes?: number;
}

/**
 * The port that delivers batches of records and publishes others. Contract (test/contracts/transport.ts):
 * - `publish` resolves when all records are durable, in the given order within each partition;
 * - partition p of every topic of a group goes to the same member (co-partitioning);
 * - a member that dies loses its partitions to the others; a member that lost one can no longer commit for it;
 * - a new group, and a reader without a start, begin at the earliest record.
 */
export interface Transport {
  /** Creates what is missing. An existing topic with another partition count throws `TransportError` ('topic-mismatch'). */
  createTopics(topics: readonly TopicSpec[]): Promise<void>;
  publish(records: readonly OutgoingRecord[]): Promise<void>;
  /** Joins a consumer group: its partitions are shared among the group's live members. */
  join(options: JoinOptions): Promise<Consumer>;
  /** Reads partitions of the topics, by default every one, outside any group; where it stands is the reader's to keep. */
  read(options: ReadOptions): Promise<Reader>;
  /** The offset that the next record of each partition will get, by partition. */
  endOffsets(topic: string): Promise<readonly number[]>;
  /** Names the log itself, for who keeps something that belongs to it: the same for every connection to it. */
  logId(): Promise<string>;
  /** Ends every consumer and reader of this transport cleanly. */
  close(): Promise<void>;
}

export interface JoinOptions {
  readonly group: string;
  readonly topics: readonly string[];
  /**
   * Those of them whose records come last: where records of others wait too, those are given out first. What is begun is
   * then ended before more is begun. A hint, which a log may ignore.
   */
  readonly last?: readonly string[] | undefined;
  /** Kept with each offset that this member commits, where the log can: who gains the partition next is told. */
  readonly mark?: string | undefined;
  /**
   * Called before the first record of a newly gained partition is delivered. `marks` are those of the offsets that were
   * last committed for them, where the log keeps marks.
   */
  readonly onGained?: (partitions: readonly number[], marks?: readonly string[]) => void;
  /** Called when partitions went to another member; what was decided for them is no longer committed. */
  readonly onLost?: (partitions: readonly number[]) => void;
}

export interface PollOptions {
  /** At most so many records. */
  readonly maxRecords: number;
  /** Waits at most so long for the first record, in milliseconds; 0 does not wait. */
  readonly waitMs: number;
}

/** What one unit of work publishes and commits. `offsets` name the next offset to read. */
export interface TransportUnit {
  readonly records: readonly OutgoingRecord[];
  readonly offsets: readonly Position[];
  /**
   * The offsets may be committed up to a second later, together with those of later units, and are when the member is
   * closed: for who can do all of that again after a crash. A hint, which a log or a member may ignore. Default false.
   */
  readonly offsetsMayWait?: boolean;
}

/** One member of a group. Used by one loop at a time: poll, decide, commit, poll. */
export interface Consumer {
  /** The partition numbers that this member owns now (of every topic of the group). */
  partitions(): readonly number[];
  /** The next records of owned, unpaused partitions; empty when there are none within `waitMs`. */
  poll(options: PollOptions): Promise<readonly IncomingRecord[]>;
  /** The next offset that `poll` would deliver, for an owned partition; it too comes to the end offset. */
  position(topic: string, partition: number): number;
  pause(topic: string, partition: number): void;
  resume(topic: string, partition: number): void;
  /**
   * Publishes the records, then commits the offsets; atomically where the transport can.
   * Throws `TransportError` ('fenced') when an offset's partition is no longer owned: nothing of the unit
   * may then be taken as done, and `poll` goes on from what is committed.
   */
  commit(unit: TransportUnit): Promise<void>;
  /** After a failed unit: goes back to the committed offsets, so that its records are delivered again. */
  rewind(): Promise<void>;
  /** Leaves the group at once, so that others take over without waiting for a time-out. */
  close(): Promise<void>;
}

export interface ReadOptions {
  readonly topics: readonly string[];
  /**
   * Only these partition numbers of each topic; default all of them. Of a topic that has no such number none is read.
   * With an empty list nothing is: every poll comes back empty, once its `waitMs` is over.
   */
  readonly partitions?: readonly number[];
  /** Where to begin in each partition: the next offset to read, 0 for the earliest. */
  readonly from: (topic: string, partition: number) => number;
  /**
   * Once it has read all that is there, the log may hold back what is new for so many milliseconds, so that many records
   * come at once: for who need not know at once, among many who read the same. Default 0.
   */
  readonly gatherMs?: number;
}

export interface Reader {
  poll(options: PollOptions): Promise<readonly IncomingRecord[]>;
  /**
   * The next offset that `poll` would deliver. It also passes over what holds no record (compaction and transaction
   * markers leave such offsets), so that it comes to the end offset once all is read. Throws `TransportError`
   * ('unknown-topic') for a topic or partition that is not read.
   */
  position(topic: string, partition: number): number;
  close(): Promise<void>;
}

export type TransportErrorCode =
  | 'fenced'
  | 'unavailable'
  | 'topic-mismatch'
  | 'unknown-topic'
  | 'record-too-large'
  | 'closed';

/** What a transport throws. `canRetry`: the same call may succeed later, unchanged. */
export class TransportError extends Error {
  readonly code: TransportErrorCode;
  readonly canRetry: boolean;
  constructor(
    code: TransportErrorCode,
    message: string,
    options: { canRetry?: boolean; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'TransportError';
    this.code = code;
    this.canRetry = options.canRetry ?? (code === 'unavailable' || code === 'fenced');
  }
}
