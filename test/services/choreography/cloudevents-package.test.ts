// Our events and those of the official package are the same on the wire, in both directions.
import { describe, expect, test } from 'bun:test';
import { Kafka, type KafkaMessage, CloudEvent as OfficialEvent } from 'cloudevents';
import {
  type CloudEvent,
  cloudEventInput,
  cloudEventOf,
  type IncomingRecord,
  readCloudEvent,
} from '../../../core/mod.ts';

const DATA = { orderId: '1', lines: [{ sku: 'JUMPERS', quantity: 2, price: '75.00' }], note: 'Grüße 🧦' };
const EVENT: CloudEvent = {
  id: 'order_created/1',
  source: 'order_service',
  type: 'order_created',
  subject: '1',
  time: '2026-12-01T12:00:00.000Z',
  data: DATA,
};

/** A message of the package as the log has it: a Kafka client sends text, and objects as JSON. */
function recordOf({ key, value, headers }: KafkaMessage): IncomingRecord {
  const texts = Object.entries(headers).flatMap(([name, text]): [string, string][] =>
    text === undefined ? [] : [[name, String(text)]],
  );
  return {
    topic: 'events',
    partition: 0,
    offset: 0,
    key: String(key),
    value: typeof value === 'string' ? value : JSON.stringify(value),
    headers: Object.fromEntries(texts),
    timestampMs: 0,
  };
}

const official = (changes: Partial<OfficialEvent<typeof DATA>> = {}) =>
  new OfficialEvent({
    ...EVENT,
    data: DATA,
    datacontenttype: 'application/json',
    partitionkey: '1',
    ...changes,
  });

describe('events of the official cloudevents package', () => {
  test('in binary mode are read as ours', () => {
    const record = recordOf(Kafka.binary(official()) as KafkaMessage);
    expect(record.headers.ce_type).toBe('order_created');
    expect(readCloudEvent(record)).toEqual({ kind: 'event', event: EVENT });
  });

  test('in structured mode are read as ours', () => {
    const record = recordOf(Kafka.structured(official()) as KafkaMessage);
    expect(record.headers['content-type']).toStartWith('application/cloudevents+json');
    expect(readCloudEvent(record)).toEqual({ kind: 'event', event: EVENT });
  });

  test('with extensions of others are read all the same', () => {
    const record = recordOf(
      Kafka.binary(official({ traceparent: '00-a-b-01', tenant: 'acme' })) as KafkaMessage,
    );
    expect(readCloudEvent(record)).toEqual({ kind: 'event', event: EVENT });
  });

  test('of types of their own are not ours', () => {
    const record = recordOf(Kafka.binary(official({ type: 'com.example.thing' })) as KafkaMessage);
    expect(cloudEventInput('events', (event) => event).read(record)).toEqual({ kind: 'notOurs' });
  });
});

describe('our events', () => {
  test('are read by the package, valid, as they were sent', () => {
    const { key, value, headers = {} } = cloudEventOf('events', '1', EVENT);
    // as kafkajs and others hand it over: the value is text
    const message = {
      key,
      value: JSON.stringify(value),
      headers,
      body: JSON.stringify(value),
      timestamp: '0',
    };
    expect(Kafka.isEvent(message)).toBe(true);
    const read = Kafka.toEvent(message) as OfficialEvent<unknown>;
    expect(read.validate()).toBe(true);
    const { id, source, type, subject, time, specversion, datacontenttype, partitionkey } = read;
    const { data: _, ...attributes } = EVENT;
    expect<unknown>({ id, source, type, subject, time }).toEqual(attributes);
    expect({ specversion, datacontenttype, partitionkey }).toEqual({
      specversion: '1.0',
      datacontenttype: 'application/json',
      partitionkey: '1',
    });
    expect(typeof read.data === 'string' ? JSON.parse(read.data) : read.data).toEqual(DATA);
  });
});
