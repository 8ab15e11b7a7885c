import fc from 'fast-check';
import {
  asPayload,
  canonicalJson,
  deepFreeze,
  type Json,
  MAX_PAYLOAD_LENGTH,
  sendable,
  throughJson,
} from '../../../core/messages/json.ts';
import { assert, test } from '../../harness.ts';

const json = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<Json>;

const shuffled = (value: Json): Json => {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(shuffled);
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, shuffled(member)]),
  );
};

test('canonical JSON is JSON of the same value', () => {
  fc.assert(
    fc.property(json, (value) =>
      assert.deepEqual(JSON.parse(canonicalJson(value)), JSON.parse(JSON.stringify(value))),
    ),
  );
});

test('canonical JSON does not depend on the order of keys (invariant 1)', () => {
  fc.assert(fc.property(json, (value) => assert.equal(canonicalJson(shuffled(value)), canonicalJson(value))));
});

test('canonical JSON sorts by UTF-16 units and has no white space', () => {
  assert.equal(
    canonicalJson({ b: 1, a: [1, { d: null, c: 'x y' }], B: true, é: 2, '': 0 }),
    '{"":0,"B":true,"a":[1,{"c":"x y","d":null}],"b":1,"é":2}',
  );
  assert.equal(canonicalJson({ '\ufb33': 1, '😀': 2 }), '{"😀":2,"\ufb33":1}');
});

test('canonical JSON sees a key named __proto__', () => {
  const one = JSON.parse('{"__proto__":{"a":1}}') as Json;
  assert.equal(canonicalJson(one), '{"__proto__":{"a":1}}');
  assert.notEqual(canonicalJson(one), canonicalJson({}));
});

test('canonical JSON keeps keys in order that no object keeps, and an object of many keys', () => {
  assert.equal(canonicalJson({ 9: 1, 10: [{ b: 1, 1: 2 }], a: 3 }), '{"10":[{"1":2,"b":1}],"9":1,"a":3}');
  const keys = Array.from({ length: 100 }, (_, at) => `k${(at * 37) % 100}`);
  const many = Object.fromEntries(keys.map((key) => [key, key])) as Json;
  const sorted = [...keys].sort().map((key) => `"${key}":"${key}"`);
  assert.equal(canonicalJson(many), `{${sorted.join(',')}}`);
});

test('what went through JSON is frozen through and through', () => {
  const value = throughJson({ list: [{ deep: 1 }], gone: undefined }) as { list: { deep: number }[] };
  assert.deepEqual(value, { list: [{ deep: 1 }] });
  assert.ok(Object.isFrozen(value) && Object.isFrozen(value.list) && Object.isFrozen(value.list[0]));
});

test('what JSON leaves out becomes null, and what it cannot say throws', () => {
  assert.equal(throughJson(undefined), null);
  assert.equal(
    throughJson(() => 1),
    null,
  );
  assert.throws(() => throughJson(1n), TypeError);
  const cycle: { self?: unknown } = {};
  cycle.self = cycle;
  assert.throws(() => throughJson(cycle), TypeError);
});

test('freezing returns the same value, and frozen values are left as they are', () => {
  const value = { a: [1] };
  assert.equal(deepFreeze(value), value);
  assert.equal(deepFreeze(deepFreeze(value)), value);
  assert.equal(deepFreeze(null), null);
});

test('a payload is sendable up to the limits that every reader keeps (invariant 7)', () => {
  const nested = (levels: number): Json => (levels === 0 ? 1 : [nested(levels - 1)]);
  assert.ok(sendable(nested(60)));
  assert.ok(!sendable(nested(61)));
  assert.ok(sendable('x'.repeat(MAX_PAYLOAD_LENGTH - 2)));
  assert.ok(!sendable('x'.repeat(MAX_PAYLOAD_LENGTH - 1)));
});

test('a payload is what its readers get, or nothing where they could not take it (invariant 7)', () => {
  const travelled = { list: [null, null], zero: 0, date: 'now' };
  const value = { list: [Number.NaN, undefined], zero: -0, gone: undefined, date: { toJSON: () => 'now' } };
  assert.deepEqual(asPayload(value), travelled);
  assert.equal(asPayload(undefined), null);
  const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);
  assert.deepEqual(asPayload(nested(60)), nested(60));
  assert.equal(asPayload(nested(61)), undefined);
  assert.equal(asPayload('x'.repeat(MAX_PAYLOAD_LENGTH - 1)), undefined);
  assert.throws(() => asPayload(1n), TypeError);
});
