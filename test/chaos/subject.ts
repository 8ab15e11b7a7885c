import type { Brokers, RawRecord } from './brokers.ts';
import type { Complaint } from './checker-reports.ts';
import type { Fleet } from './fleet.ts';
import type { Fault } from './lanes.ts';
import type { FaultKind } from './options.ts';

/** What a system came to, by its checker. */
export interface Outcome {
  /** For people, in the order in which they are told. */
  readonly counts: Readonly<Record<string, number>>;
  readonly complaints: readonly Complaint[];
  /** When each piece of work ended for the first time, by the log, in milliseconds since 1970. */
  readonly endsAtMs: readonly number[];
}

/** A deployment of real processes to be maltreated, and who knows what must come of it. */
export interface Subject {
  readonly fleet: Fleet;
  readonly brokers: Brokers;
  /** What can't be done to it here, and why. */
  readonly off: ReadonlyMap<FaultKind, string>;
  /** The topics of which records are published again: all that carry work from one service to another. */
  readonly copiedTopics: readonly string[];
  /** Brings the services up, and puts in place what they need. */
  start(): Promise<void>;
  /** The faults that were asked for and can be had, but for copies. */
  faults(): readonly Fault[];
  /** Asks for all the work, spread over so long; resolves when each piece has its answer. */
  work(overMs: number): Promise<void>;
  /** Told of each record on the copied topics, which may come twice. */
  onRecord(record: RawRecord): void;
  /** How many have ended, as far as can be seen from outside. */
  ended(): number;
  /** How it stands, for people; as long as it changes, things go on. */
  progress(): string;
  /** Whether all that was accepted has ended, as far as can be seen from outside. */
  hasEnded(): boolean;
  /** Who has something left to read, by group and topic. Throws while that can't be told. */
  unread(): Promise<readonly string[]>;
  /** Reads everything anew and judges. */
  check(): Promise<Outcome>;
  close(): Promise<void>;
}
