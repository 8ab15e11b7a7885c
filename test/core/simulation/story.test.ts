import type { OutgoingRecord, Payload } from '../../../core/messages/record.ts';
import { recordText } from '../../../core/simulation/story-records.ts';
import { shown, shownTime } from '../../../core/simulation/story-words.ts';
import { assert, test } from '../../harness.ts';

const record = (
  topic: string,
  value: Payload | object,
  fields: Partial<OutgoingRecord> = {},
): OutgoingRecord => ({
  topic,
  partition: 0,
  key: 'a/1',
  value:
    typeof value === 'object' && value !== null && !(value instanceof Uint8Array)
      ? JSON.stringify(value)
      : value,
  ...fields,
});

const qaIdentifier = 'stay/a%2F1/2';
const headers = { 'requite-reason': 'late-event', 'requite-origin-topic': 'arrivals' };

const lines: readonly (readonly [OutgoingRecord, string])[] = [
  [
    record('workflow-queue', { 'workflow-type': 'stay', 'workflow-id': 'a/1', payload: { guest: 1 } }),
    'a/1: stay {"guest":1}',
  ],
  [record('workflow-commands', { 'workflow-id': 'a/1', command: 'cancel' }), 'a/1: cancel'],
  [
    record('questions-topic', { qaIdentifier, questionCategory: 'room', payload: 1 }),
    'a/1 (step 2) asks room 1',
  ],
  [record('answers-topic', { qaIdentifier, answer: 'blue' }), 'a/1 (step 2) is answered: "blue"'],
  [
    record('answers-topic', { qaIdentifier, error: { code: 'gone' } }),
    'a/1 (step 2) is answered: an error, gone',
  ],
  [record('answers-topic', { qaIdentifier: 7, answer: null }), '"7" is answered: null'],
  [
    record('workflow-events', {
      'workflow-id': 'a/1',
      revision: 3,
      status: 'failed',
      events: [
        { event: 'answered', step: 2, error: { code: 'gone' } },
        { event: 'failed', error: { code: 'gone' } },
      ],
    }),
    'a/1 revision 3, failed: answered 2 (gone); failed (gone)',
  ],
  [
    record('dead-letters', 'late', { headers }),
    'dead letter of a/1 from arrivals: late-event (not JSON: "late")',
  ],
  [record('arrivals', '"guest 1"'), 'a/1: "guest 1"'],
  [record('workflow-queue', '{'), 'a/1: not JSON: "{"'],
  [record('workflow-queue', '[]'), 'a/1: []'],
  [record('workflow-events', '{}'), 'a/1: {}'],
  [record('answers-topic', null), 'a/1: no value'],
  [record('answers-topic', new Uint8Array([255, 254])), 'a/1: 2 bytes that are no text'],
];
for (const [each, line] of lines)
  test(`a story shows a record of ${each.topic} as: ${line}`, () => assert.equal(recordText(each), line));

test('long values are cut, and times have milliseconds only where there are some', () => {
  assert.equal(shown('x'.repeat(1_000)).length, 120);
  assert.equal(shown(undefined), 'nothing');
  assert.equal(shownTime(1_767_225_600_000), '2026-01-01 00:00:00');
  assert.equal(shownTime(1_767_225_600_001), '2026-01-01 00:00:00.001');
});
