import type { Static, TSchema } from '@sinclair/typebox';
import { decode } from '../messages/decode.ts';
import type { Json } from '../messages/json.ts';
import type { IncomingRecord } from '../messages/record.ts';

/** A record as a fold sees it. */
export interface Origin {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** The log's time, in milliseconds since 1970 UTC. */
  readonly timestampMs: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** A record that a fold publishes: its partition follows from its key, unless it names one. */
export interface Emitted {
  readonly topic: string;
  readonly key: string;
  readonly partition?: number;
  readonly value: Json;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a fold gives back for a message that it can't take: the record goes to the dead letters, with the reason. */
export interface Refusal {
  /** The reason is stable, in lower case with hyphens; the detail is a sentence that says what to do. */
  readonly refused: { readonly reason: string; readonly detail: string };
}

/** The states that a message may see and change: those that `keysOf` named for it. */
export interface States<S> {
  /** Undefined where there is none yet. */
  get(key: string): S | undefined;
  set(key: string, state: S): void;
}

/** What a record is to a fold. */
export type Reading<M> =
  | {
      readonly kind: 'message';
      readonly message: M;
      /** The key by which it has its place in the topic; null where any partition will do. */
      readonly home: string | null;
    }
  | { readonly kind: 'notOurs' }
  | { readonly kind: 'refused'; readonly reason: string; readonly detail: string };

/** One topic of a fold, and what its records mean. */
export interface FoldInput<M> {
  readonly topic: string;
  read(record: IncomingRecord): Reading<M>;
}

/**
 * A stateful stream processor as a pure function: for each message, in log order, it folds the states that the
 * message needs and says what to publish. The host keeps the states in the job store, under keys of the fold's own.
 *
 * A message may come again after its states were saved (invariant 5): the fold must then find in them what it
 * decided, change nothing and emit the same again.
 */
export interface KeyedFold<M = unknown, S = unknown> {
  /** Names its states and, by default, its consumer group. Never changes. */
  readonly name: string;
  readonly inputs: readonly FoldInput<M>[];
  /** The states that the message needs, by key; a few. */
  keysOf(message: M): readonly string[];
  /**
   * What to publish, or a refusal, which changes no state. Throws only for a defect: the record then goes to the dead
   * letters.
   */
  fold(message: M, states: States<S>, origin: Origin): readonly Emitted[] | Refusal;
}

/** Any fold, whatever its messages and states. */
// biome-ignore lint/suspicious/noExplicitAny: hosts take folds of every type, which only `any` unifies
export type AnyKeyedFold = KeyedFold<any, any>;

export interface FoldInputOptions<V, M> {
  /** What the value says to this fold; null: not ours, left alone. */
  readonly toMessage: (value: V) => M | null;
  /** The key by which a record of this value has its place; where it lies elsewhere, it is moved there once. */
  readonly keyOf?: (value: V) => string;
  /** What a deletion says; without it a tombstone is refused. */
  readonly onTombstone?: (key: string) => M | null;
}

/** An input of JSON records that fit a schema; what doesn't fit goes to the dead letters. */
export function foldInput<T extends TSchema, M>(
  topic: string,
  schema: T,
  { toMessage, keyOf, onTombstone }: FoldInputOptions<Static<T>, M>,
): FoldInput<M> {
  const reading = (message: M | null, home: string | null): Reading<M> =>
    message === null ? { kind: 'notOurs' } : { kind: 'message', message, home };
  return {
    topic,
    read: ({ key, value }) => {
      if (value === null && onTombstone !== undefined)
        return typeof key === 'string' ? reading(onTombstone(key), key) : { kind: 'notOurs' };
      const decoded = decode<Static<T>>(value, schema);
      if (!decoded.ok) return { kind: 'refused', reason: decoded.reason, detail: decoded.detail };
      return reading(toMessage(decoded.value), keyOf?.(decoded.value) ?? null);
    },
  };
}
