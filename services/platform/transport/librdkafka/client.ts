import type { IncomingRecord, OutgoingRecord, Position } from '../../../../core/mod.ts';
import type { Place } from '../place.ts';

/**
 * What we need of librdkafka, whichever package brings it. Everything here throws `TransportError`, and `BackingError`
 * for properties that librdkafka does not take.
 */
export interface RdClient {
  /** Resolves when all brokers that must have the records have them. Calls keep their order. */
  publish(records: readonly OutgoingRecord[]): Promise<void>;
  /** A consumer of a group that has joined for these topics, or of none. */
  consumer(group: { readonly name: string; readonly topics: readonly string[] } | null): Promise<RdConsumer>;
  close(): Promise<void>;
}

/** What came from the brokers: records in their order, and how far partitions have been read to their end. */
export interface Received {
  readonly records: readonly IncomingRecord[];
  /** Next offsets at ends that were reached, past whatever holds no record. */
  readonly ends: readonly Position[];
}

/** What the group decided: `revoked` takes everything away, `assigned` says what the member has from now on. */
export type Rebalance =
  | { readonly kind: 'revoked'; readonly lost: boolean }
  | { readonly kind: 'assigned'; readonly places: readonly Place[] };

/** A committed offset with the mark of who committed it; null where there is none. */
export interface Committed extends Place {
  readonly offset: number | null;
  readonly mark: string | null;
}

export interface RdConsumer {
  /**
   * Whether a rebalance waits for `release` and `assign`, and a commit carries a mark. Without, partitions are taken
   * and given during `receive`, and who had them in between can't be told.
   */
  readonly holdsRebalances: boolean;
  /** The group's decisions that were not dealt with yet, the oldest first; who deals with one removes it. */
  readonly rebalances: Rebalance[];
  /** Why it can't reach brokers, or null. */
  readonly problem: Error | null;
  /** Waits up to `waitMs` for the first record, end or rebalance, then gives up to `max` records without waiting. */
  receive(max: number, waitMs: number): Promise<Received>;
  /** Ends the waiting of `receive`. */
  wake(): void;
  /** Agrees to a revocation. */
  release(): void;
  /** Takes an assignment (or, outside a group, partitions) and reads each from there; an offset of null is the earliest. */
  assign(from: readonly (Place & { readonly offset: number | null })[]): Promise<void>;
  seek(to: readonly Position[]): Promise<void>;
  pause(place: Place): void;
  /** `position.offset` is the next one to receive. */
  resume(position: Position): void;
  committed(places: readonly Place[]): Promise<readonly Committed[]>;
  /** `mark` is another for each commit. Resolves when the group's coordinator has agreed. */
  commit(offsets: readonly Position[], mark: string): Promise<void>;
  /** Whether it is known that the group took the partitions away. */
  isLost(): boolean;
  /** Asks a broker for something, so that `problem` is what is true now. Does not throw. */
  probe(): Promise<void>;
  /** Leaves the group, and ends. */
  close(): Promise<void>;
}
