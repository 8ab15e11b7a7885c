import type { Position } from './record.ts';

/** A topic as it stands: for each partition its first offset and the next one to be written. */
export interface TopicStanding {
  readonly name: string;
  readonly partitions: readonly { readonly start: number; readonly end: number }[];
}

/** A consumer group: what it has committed, as the next offsets to read. */
export interface GroupStanding {
  readonly group: string;
  readonly committed: readonly Position[];
}

/** The port for those who look after a log: what is on it, who has read how far, and deleting what all have read. */
export interface LogAdmin {
  /** Every topic, by name. */
  topics(): Promise<readonly TopicStanding[]>;
  groups(): Promise<readonly GroupStanding[]>;
  /** Deletes the records before these positions. Offsets stay what they were. */
  trim(positions: readonly Position[]): Promise<void>;
  close(): Promise<void>;
}
