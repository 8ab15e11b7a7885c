import { Type } from '@sinclair/typebox';
import { decode, MAX_MESSAGE_LENGTH, misfit } from '../../../core/messages/decode.ts';
import { MAX_DEPTH } from '../../../core/messages/json.ts';
import type { Payload } from '../../../core/messages/record.ts';
import { AnswerMessage, WorkflowMessage } from '../../../core/messages/schemas.ts';
import { assert, test } from '../../harness.ts';

const Anything = Type.Unknown();
const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
const workflow = {
  'workflow-type': 'bill-generation',
  'workflow-id': '71638',
  'create-time': '2020-04-15T14:24:11Z',
  payload: {},
};
const without = (name: string): string => JSON.stringify({ ...workflow, [name]: undefined });
const having = (name: string, value: unknown): string => JSON.stringify({ ...workflow, [name]: value });

const refusals: readonly (readonly [string, Payload, string])[] = [
  ['a tombstone', null, 'tombstone'],
  ['bytes that are not UTF-8', new Uint8Array([0xff, 0xfe]), 'invalid-utf8'],
  ['an empty value', '', 'invalid-json'],
  ['half an object', '{"workflow-type":', 'invalid-json'],
  ['a lone word', 'undefined', 'invalid-json'],
  ['NaN', 'NaN', 'invalid-json'],
  ['a record of 1 MB', having('payload', 'x'.repeat(1_000_000)), 'too-large'],
  ['65 levels', nested(MAX_DEPTH + 1), 'too-deep'],
  ['100,000 levels', nested(100_000), 'too-deep'],
  ['100,000 levels of objects', `${'{"a":'.repeat(80_000)}1${'}'.repeat(80_000)}`, 'too-deep'],
  ['null', 'null', 'invalid-message'],
  ['an array', '[]', 'invalid-message'],
  ['a number', '7', 'invalid-message'],
  ['an empty object', '{}', 'invalid-message'],
  ['no workflow-type', without('workflow-type'), 'invalid-message'],
  ['no workflow-id', without('workflow-id'), 'invalid-message'],
  ['no create-time', without('create-time'), 'invalid-message'],
  ['no payload', without('payload'), 'invalid-message'],
  ['a number as workflow-id', having('workflow-id', 71638), 'invalid-message'],
  ['an empty workflow-id', having('workflow-id', ''), 'invalid-message'],
  ['a workflow-id of 10 kB', having('workflow-id', 'x'.repeat(10_000)), 'invalid-message'],
  ['a NUL in the workflow-id', having('workflow-id', 'a\0b'), 'invalid-message'],
  ['a line break in the workflow-id', having('workflow-id', 'a\nb'), 'invalid-message'],
  ['a blank in the type', having('workflow-type', 'bill generation'), 'invalid-message'],
  ['a create-time of another form', having('create-time', 'yesterday'), 'invalid-message'],
  ['fields in __proto__ only', `{"__proto__":${JSON.stringify(workflow)}}`, 'invalid-message'],
];

for (const [name, value, reason] of refusals) {
  test(`${name} is refused as ${reason} (invariant 8)`, () => {
    const decoded = decode(value, WorkflowMessage);
    assert.equal(decoded.ok, false);
    assert.equal(!decoded.ok && decoded.reason, reason);
  });
}

test('unclosed brackets, however many, are refused', () => {
  const decoded = decode('['.repeat(100_000), Anything);
  assert.ok(!decoded.ok && ['invalid-json', 'too-deep'].includes(decoded.reason));
});

test('a message that fits is taken as it is, unknown fields with it', () => {
  const decoded = decode(having('more', [1]), WorkflowMessage);
  assert.deepEqual(decoded, { ok: true, value: { ...workflow, more: [1] } });
});

test('64 levels are read, and so is the longest message', () => {
  assert.ok(decode(nested(MAX_DEPTH), Anything).ok);
  assert.ok(decode(JSON.stringify('x'.repeat(MAX_MESSAGE_LENGTH - 2)), Anything).ok);
  assert.ok(!decode(JSON.stringify('x'.repeat(MAX_MESSAGE_LENGTH - 1)), Anything).ok);
});

test('numbers that JSON would not give back are read as they come back from a store (invariant 4)', () => {
  const decoded = decode<unknown>('{"a":1e400,"b":[-0,-1e-400],"c":1.5}', Anything);
  assert.ok(decoded.ok);
  assert.deepEqual(decoded.value, { a: null, b: [0, 0], c: 1.5 });
  assert.ok(Object.is((decoded.value as { b: number[] }).b[0], 0));
  assert.deepEqual(JSON.parse(JSON.stringify(decoded.value)), decoded.value);
});

test('the detail of a refusal names the place, never the value', () => {
  const secret = 'Jane Doe, 4 Privet Drive';
  for (const text of [
    `{"workflow-id": ${secret}`,
    having('workflow-type', secret),
    having('create-time', secret),
  ]) {
    const decoded = decode(text, WorkflowMessage);
    assert.ok(!decoded.ok && !decoded.detail.includes('Privet'));
  }
  assert.match(misfit(WorkflowMessage, { ...workflow, 'workflow-id': 7 }), /^\/workflow-id: /);
});

test('an answer may be null, and its category may be missing', () => {
  assert.ok(decode('{"qaIdentifier":"a/b/0","answer":null}', AnswerMessage).ok);
});

test('a key named __proto__ stays a key and pollutes nothing', () => {
  const decoded = decode<Record<string, unknown>>(
    '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
    Anything,
  );
  assert.ok(decoded.ok);
  assert.equal(({} as { polluted?: boolean }).polluted, undefined);
  assert.equal(decoded.value.polluted, undefined);
  assert.ok(Object.hasOwn(decoded.value, '__proto__'));
});
