import type { LogAdmin, TopicStanding } from '../../../core/mod.ts';

/** A topic as its log knows it. Null: this log has no such thing, or doesn't tell. */
export interface TopicDetails extends TopicStanding {
  /** Copies of each partition. */
  readonly replication: number | null;
  /** Whether only the last record of each key is kept. */
  readonly compacted: boolean | null;
}

/** The port with what people who look after topics want to know beside. */
export interface TopicAdmin extends LogAdmin {
  /** The topics of these names that are there, or every topic; by name. */
  topics(names?: readonly string[]): Promise<readonly TopicDetails[]>;
}
