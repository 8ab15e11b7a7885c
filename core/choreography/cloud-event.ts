import { Type } from '@sinclair/typebox';
import { decode } from '../messages/decode.ts';
import type { Json } from '../messages/json.ts';
import type { IncomingRecord } from '../messages/record.ts';
import { Identifier } from '../messages/schemas.ts';
import type { Emitted, FoldInput, Reading, Refusal } from '../view/keyed-fold.ts';
import { isoTime } from '../workflow/time.ts';
import { EVENT_TYPES } from './event-types.ts';

/**
 * A CloudEvent 1.0 (https://github.com/cloudevents/spec). On the bus it travels in the binary mode of the Kafka binding:
 * its attributes are headers with `ce_` before their names, and the record's value is its data as JSON.
 */
export interface CloudEvent {
  /** With the source it names the event: one that comes again under both is the same. */
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject?: string;
  /** ISO 8601: when what it tells of happened; where the sender gave none, when the log took it. */
  readonly time: string;
  readonly data: Json;
}

/** A refusal's reason: a record on the bus that is no CloudEvent that we can read. */
export const NOT_A_CLOUD_EVENT = 'not-a-cloud-event';

const VERSION = '1.0';
const BINARY_TYPE = /^application\/(json|[a-z0-9.+-]+\+json)\s*(;|$)/i;
const STRUCTURED_TYPE = /^application\/cloudevents\+json\s*(;|$)/i;
const TIME = '^\\d{4}-\\d{2}-\\d{2}[Tt ]\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,9})?([Zz]|[+-]\\d{2}:\\d{2})$';

const Attribute = Type.Intersect([Identifier]);
/** The attributes, in either mode. Extensions are let through and not looked at. */
const Attributes = Type.Object({
  specversion: Type.Literal(VERSION),
  id: Attribute,
  source: Attribute,
  type: Attribute,
  subject: Type.Optional(Attribute),
  time: Type.Optional(Type.String({ pattern: TIME })),
});
const Structured = Type.Intersect([Attributes, Type.Object({ data: Type.Optional(Type.Unknown()) })]);

/** The record of an event, in binary mode; the key is the id of the order that it is about. */
export function cloudEventOf(topic: string, key: string, event: CloudEvent): Emitted {
  const { id, source, type, subject, time, data } = event;
  return {
    topic,
    key,
    value: data,
    headers: {
      ce_specversion: VERSION,
      ce_id: id,
      ce_source: source,
      ce_type: type,
      ...(subject === undefined ? {} : { ce_subject: subject }),
      ce_time: time,
      'content-type': 'application/json',
    },
  };
}

/** What a message of a fold is read as: one of its own, none of its business (null), or one that it can't take. */
type Heard<M> = M | Refusal | null;

/**
 * An input of events, in either mode of the Kafka binding. Events of types that the choreography does not have are not
 * ours; what is no CloudEvent, or has no key, goes to the dead letters. `toMessage` says what an event is to the fold.
 */
export function cloudEventInput<M>(
  topic: string,
  toMessage: (event: CloudEvent, key: string) => Heard<M>,
): FoldInput<M> {
  return {
    topic,
    read: (record): Reading<M> => {
      const read = readCloudEvent(record);
      if (read.kind !== 'event') return read;
      const { key } = record;
      if (typeof key !== 'string' || key === '')
        return refuse(NOT_A_CLOUD_EVENT, 'an event on the bus needs the id of its order as its key');
      const message = toMessage(read.event, key);
      if (message === null) return { kind: 'notOurs' };
      if (isRefusal(message)) return { kind: 'refused', ...message.refused };
      // no home: many read the bus, and each would move what lies elsewhere; a state is found from any partition
      return { kind: 'message', message, home: null };
    },
  };
}

type Read =
  | { readonly kind: 'event'; readonly event: CloudEvent }
  | { readonly kind: 'notOurs' }
  | { readonly kind: 'refused'; readonly reason: string; readonly detail: string };

const refuse = (reason: string, detail: string) => ({ kind: 'refused', reason, detail }) as const;

const isRefusal = (message: unknown): message is Refusal =>
  typeof message === 'object' && message !== null && 'refused' in message;

const isForeign = (type: unknown): boolean =>
  typeof type === 'string' && type !== '' && !EVENT_TYPES.some((each) => each === type);

/** The event of a record on the bus, in either mode. An event of a type that is not ours is not looked at any closer. */
export function readCloudEvent(record: IncomingRecord): Read {
  const { headers } = record;
  const contentType = headers['content-type'] ?? '';
  if (STRUCTURED_TYPE.test(contentType)) return readStructured(record);
  if (isForeign(headers.ce_type)) return { kind: 'notOurs' };
  const attributes = decode<Attributes>(JSON.stringify(attributesOf(headers)), Attributes);
  if (!attributes.ok)
    return refuse(
      NOT_A_CLOUD_EVENT,
      `the headers ce_specversion (1.0), ce_id, ce_source and ce_type make an event: ${attributes.detail}`,
    );
  if (contentType !== '' && !BINARY_TYPE.test(contentType))
    return refuse(NOT_A_CLOUD_EVENT, 'the data must be JSON, with content-type application/json');
  const data = decode<Json>(record.value, Type.Unknown());
  if (!data.ok) return refuse(data.reason, data.detail);
  return { kind: 'event', event: eventOf(attributes.value, data.value, record) };
}

interface Attributes {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject?: string;
  readonly time?: string;
}

/** Attributes by their names: header values are text as it is, never percent-encoded as over HTTP. */
function attributesOf(headers: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    name.startsWith('ce_') ? [[name.slice('ce_'.length), value]] : [],
  );
  return Object.fromEntries(entries);
}

function readStructured(record: IncomingRecord): Read {
  const any = decode<{ readonly type?: unknown } | null>(record.value, Type.Unknown());
  if (!any.ok) return refuse(any.reason, any.detail);
  if (isForeign(any.value?.type)) return { kind: 'notOurs' };
  const decoded = decode<Attributes & { readonly data?: Json }>(record.value, Structured);
  if (!decoded.ok) return refuse(NOT_A_CLOUD_EVENT, decoded.detail);
  return { kind: 'event', event: eventOf(decoded.value, decoded.value.data ?? null, record) };
}

function eventOf(
  { id, source, type, subject, time }: Attributes,
  data: Json,
  record: IncomingRecord,
): CloudEvent {
  const when = { time: time ?? isoTime(record.timestampMs), data };
  return { id, source, type, ...(subject === undefined ? {} : { subject }), ...when };
}
