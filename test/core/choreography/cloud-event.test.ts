import {
  type CloudEvent,
  cloudEventInput,
  cloudEventOf,
  NOT_A_CLOUD_EVENT,
} from '../../../core/choreography/cloud-event.ts';
import type { IncomingRecord } from '../../../core/messages/record.ts';
import { assert, test } from '../../harness.ts';
import { incoming } from '../view/fold-batch-support.ts';
import { BUS, NOON, onBus, orderCreated } from './scene.ts';

const input = cloudEventInput<CloudEvent>(BUS, (event) => event);
const created = orderCreated('1', { lines: [] });

function changed(headers: Readonly<Record<string, string | undefined>>): IncomingRecord {
  const record = onBus(created);
  const entries = Object.entries({ ...record.headers, ...headers });
  const kept = entries.flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, value]],
  );
  return { ...record, headers: Object.fromEntries(kept) };
}

const reasonOf = (record: IncomingRecord): string => {
  const reading = input.read(record);
  return reading.kind === 'refused' ? reading.reason : reading.kind;
};

test('an event travels as headers and its data alone as the value, under the id of its order', () => {
  assert.deepEqual(cloudEventOf(BUS, '1', created), {
    topic: BUS,
    key: '1',
    value: { orderId: '1', lines: [] },
    headers: {
      ce_specversion: '1.0',
      ce_id: 'order_created/1',
      ce_source: 'order_service',
      ce_type: 'order_created',
      ce_subject: '1',
      ce_time: NOON,
      'content-type': 'application/json',
    },
  });
});

test('what was written is read back as it was', () => {
  const reading = input.read(onBus(created));
  assert.deepEqual(reading, { kind: 'message', message: created, home: null });
});

test('an event in structured mode is read as the same event', () => {
  const value = { specversion: '1.0', datacontenttype: 'application/json', ...created };
  const headers = { 'content-type': 'application/cloudevents+json; charset=utf-8' };
  const reading = input.read(incoming(BUS, '1', value, { headers }));
  assert.deepEqual(reading, { kind: 'message', message: created, home: null });
});

test('events of types that the choreography does not have are not ours, however broken their data', () => {
  assert.equal(reasonOf({ ...changed({ ce_type: 'com.example.other' }), value: '{' }), 'notOurs');
  const value = { specversion: '1.0', id: '1', source: 's', type: 'other' };
  const headers = { 'content-type': 'application/cloudevents+json' };
  assert.equal(reasonOf(incoming(BUS, '1', value, { headers })), 'notOurs');
});

test('what is no CloudEvent, or has no key, is refused', () => {
  assert.equal(reasonOf({ ...onBus(created), headers: {} }), NOT_A_CLOUD_EVENT);
  assert.equal(reasonOf(changed({ ce_id: undefined })), NOT_A_CLOUD_EVENT);
  assert.equal(reasonOf(changed({ ce_specversion: '0.3' })), NOT_A_CLOUD_EVENT);
  assert.equal(reasonOf(changed({ ce_time: 'yesterday' })), NOT_A_CLOUD_EVENT);
  assert.equal(reasonOf(changed({ 'content-type': 'application/avro' })), NOT_A_CLOUD_EVENT);
  assert.equal(reasonOf({ ...onBus(created), key: null }), NOT_A_CLOUD_EVENT);
  assert.equal(reasonOf({ ...onBus(created), value: '{' }), 'invalid-json');
  assert.equal(reasonOf({ ...onBus(created), value: null }), 'tombstone');
});

test('an event without a time has that of the log', () => {
  const reading = input.read(changed({ ce_time: undefined }));
  assert.equal(reading.kind === 'message' && reading.message.time, NOON);
});
