import { Kind, type TSchema, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import fc from 'fast-check';
import { conforms } from '../../../core/messages/conforms.ts';
import { assert, test } from '../../harness.ts';

const leaves: readonly TSchema[] = [
  Type.Unknown(),
  Type.Any(),
  Type.Null(),
  Type.Boolean(),
  Type.Undefined(),
  Type.String(),
  Type.String({ minLength: 1, maxLength: 2 }),
  Type.String({ pattern: '^[a-c]*$' }),
  Type.String({ format: 'unknown' }),
  Type.Literal('a'),
  Type.Literal(1),
  Type.Number({ minimum: 0 }),
  Type.Integer({ maximum: 1 }),
  Type.Record(Type.String(), Type.Number()),
  Type.Tuple([Type.String(), Type.Null()]),
  Type.Recursive((self) => Type.Object({ a: Type.Optional(Type.Array(self)) })),
];

/** Names of members, among them those that every object inherits. */
const names = fc.constantFrom('a', 'b', 'toString', '__proto__');

const schemas: fc.Arbitrary<TSchema> = fc.letrec<{ schema: TSchema }>((tie) => ({
  schema: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(...leaves),
    fc
      .tuple(tie('schema'), fc.constantFrom({}, { minItems: 1 }, { maxItems: 1 }, { uniqueItems: true }))
      .map(([items, options]) => Type.Array(items, options)),
    fc.array(tie('schema'), { minLength: 1, maxLength: 3 }).map((members) => Type.Union(members)),
    fc
      .tuple(
        fc.dictionary(names, fc.tuple(tie('schema'), fc.boolean()), { maxKeys: 3, noNullPrototype: true }),
        fc.constantFrom({}, { additionalProperties: false }, { minProperties: 1 }),
      )
      .map(([members, options]) => {
        const optional = ([name, [schema, isOptional]]: [string, [TSchema, boolean]]): [string, TSchema] => [
          name,
          isOptional ? Type.Optional(schema) : schema,
        ];
        return Type.Object(Object.fromEntries(Object.entries(members).map(optional)), options);
      }),
  ),
})).schema;

const values = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(null, true, undefined, 0, 1, 1.5, -1, '', 'a', 'ab', 'abc', 'x'),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(names, tie('value'), { maxKeys: 3, noNullPrototype: true }),
  ),
})).value;

test('a value conforms to a schema exactly where TypeBox says so, at the first check and at all that follow', () => {
  fc.assert(
    fc.property(schemas, fc.array(values, { minLength: 1, maxLength: 20 }), (schema, several) => {
      for (const value of several) assert.equal(conforms(schema, value), Value.Check(schema, value));
    }),
    { numRuns: 1000 },
  );
});

test('a member that may be anything has to be there', () => {
  const schema = Type.Object({ payload: Type.Unknown() });
  for (const _ of [1, 2, 3]) {
    assert.ok(!conforms(schema, {}));
    assert.ok(conforms(schema, { payload: null }));
  }
});

test('a schema that can be checked by nobody throws at each check', () => {
  const pattern = Type.String({ pattern: '(' });
  const kind = Type.Object({ a: { [Kind]: 'Nothing' } as TSchema });
  for (const _ of [1, 2, 3]) {
    assert.throws(() => conforms(pattern, 'a'), SyntaxError);
    assert.ok(!conforms(pattern, 1));
    assert.throws(() => conforms(kind, { a: 1 }), /Unknown type/);
  }
});
