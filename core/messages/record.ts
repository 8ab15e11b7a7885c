/**
 * A key or value as it lies on a topic: text where its bytes are valid UTF-8, the bytes themselves where
 * they are not, `null` for a tombstone or a missing key. Adapters decode; nothing is lost by it.
 */
export type Payload = string | Uint8Array | null;

/** Header names and values, both text. Adapters decode values as UTF-8, replacing what is invalid. */
export type Headers = Readonly<Record<string, string>>;

/** Where a record lies. `offset` counts from 0 within its partition. */
export interface Position {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** A record read from a topic. `timestampMs` is the log's time, in milliseconds since 1970 UTC. */
export interface IncomingRecord extends Position {
  readonly key: Payload;
  readonly value: Payload;
  readonly headers: Headers;
  readonly timestampMs: number;
}

/** A record to publish. The partition is always chosen by us, never by a client's own partitioner. */
export interface OutgoingRecord {
  readonly topic: string;
  readonly partition: number;
  readonly key: Payload;
  readonly value: Payload;
  readonly headers?: Headers;
}
