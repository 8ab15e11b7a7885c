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
  const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);
  for (const final of [false, true]) {
    assert.deepEqual(asPayload(value, final), { text: JSON.stringify(travelled), value: travelled });
    assert.deepEqual(asPayload(undefined, final), { text: 'null', value: null });
    assert.deepEqual(asPayload(nested(60), final)?.value, nested(60));
    assert.equal(asPayload(nested(61), final), undefined);
    assert.equal(asPayload('x'.repeat(MAX_PAYLOAD_LENGTH - 1), final), undefined);
    assert.throws(() => asPayload(1n, final), TypeError);
  }
});

test('what nobody changes any more is the payload itself, where JSON gives just that back', () => {
  const final = (value: unknown): unknown => asPayload(value, true)?.value;
  fc.assert(
    fc.property(json, (value) => {
      const read = JSON.parse(JSON.stringify(value)) as Json;
      assert.deepEqual(final(value), read);
      assert.equal(final(read), read);
    }),
  );
  class Amount {
    readonly cents: number = 1;
  }
  const hidden = Object.defineProperty({ a: 1 }, 'toJSON', { value: () => 'hidden' });
  const listed = Object.assign([1], { toJSON: () => 'listed' });
  const bare = Object.assign(Object.create(null) as object, { a: 1 });
  const holed = Object.assign(new Array<number>(3), { 0: 1, 2: 2 });
  const others: readonly (readonly [unknown, Json])[] = [
    [new Amount(), { cents: 1 }],
    [new Date(0), '1970-01-01T00:00:00.000Z'],
    [new Map([[1, 2]]), {}],
    [hidden, 'hidden'],
    [listed, 'listed'],
    [bare, { a: 1 }],
    [{ a: () => 1, b: undefined, c: Symbol('c') }, {}],
    [holed, [1, null, 2]],
    [new (class extends Array<number> {})(2).fill(1), [1, 1]],
  ];
  for (const [value, read] of others) {
    assert.deepEqual(final([value]), [read]);
    assert.notEqual(final([value]), value);
  }
});

test('a payload that may yet be changed is copied', () => {
  const value = { list: [1] };
  const payload = asPayload(value)?.value;
  value.list.push(2);
  assert.deepEqual(payload, { list: [1] });
});
