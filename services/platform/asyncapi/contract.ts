// What there is to say of a topic beside its specification and its ACLs: what its records are.
import { type TSchema, Type } from '@sinclair/typebox';
import { Identifier } from '../../../core/mod.ts';

/** A header of a record, text like all of them: a pattern where its form is fixed. */
export interface HeaderContract {
  readonly description: string;
  readonly pattern?: string;
  readonly isRequired?: boolean;
}

/** A record of the kind, as it may lie on the topic. */
export interface MessageExample {
  /** What it shows, in a few words. */
  readonly summary: string;
  readonly key: string | null;
  readonly value: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A kind of record on a topic. */
export interface MessageContract {
  /** Unique in all topics. */
  readonly name: string;
  readonly title: string;
  /** A sentence or two: when it is sent, and what a receiver needs to know that the schema does not say. */
  readonly summary: string;
  /** What decodes the value. */
  readonly value: TSchema;
  /** Beside those that every record may have. */
  readonly headers?: Readonly<Record<string, HeaderContract>>;
  readonly examples: readonly MessageExample[];
}

/** The records of a topic, and where they lie. */
export interface TopicContract {
  readonly topic: string;
  readonly title: string;
  /** A sentence or two. */
  readonly summary: string;
  readonly domain: Domain;
  readonly key: { readonly description: string; readonly schema: TSchema };
  /** Which partition a record is on; default: that of its key. */
  readonly placement?: string;
  readonly messages: readonly MessageContract[];
  /** Who sends or receives it outside of our services, where none of ours does. */
  readonly outside?: { readonly sends?: string; readonly receives?: string };
}

export type Domain = keyof typeof domains;

/** What topics belong to. */
export const domains = {
  billing: 'Questions and answers, workflows, and the billing run built on them.',
  orders: 'The orders ecosystem: orders, their validation, stock and payments.',
  catalogue: 'The catalogue of products.',
  choreography: 'Events of orders, and what services make of them by themselves.',
  notifications: 'What is told of orders by mail and webhook.',
  operations: 'What all services share: liveness and settings.',
} as const;

/** Headers that any record may have. */
export const COMMON_HEADERS: Readonly<Record<string, HeaderContract>> = {
  traceparent: {
    description: 'W3C trace context: what is caused by the record goes on in its trace.',
    pattern: '^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(-.*)?$',
  },
  'requite-moved-from': {
    description:
      'The record lay in a partition other than its home and was moved there, once: topic/partition/offset of where it lay.',
    pattern: '^.+/[0-9]+/[0-9]+$',
  },
  'requite-replay-of': {
    description: 'The record was replayed from the dead letters: partition/offset of the letter.',
    pattern: '^[0-9]{1,9}/[0-9]{1,15}$',
  },
};

/** Text that a record is keyed by. */
const TextKey: TSchema = Identifier;

export const keyedBy = (description: string, schema: TSchema = TextKey): TopicContract['key'] => ({
  description,
  schema,
});

/** A schema with some of its fields narrowed to these. */
export const narrowed = (schema: TSchema, fields: Readonly<Record<string, TSchema>>): TSchema =>
  Type.Intersect([schema, Type.Object(fields)]);
