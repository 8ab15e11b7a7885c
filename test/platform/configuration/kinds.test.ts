import { expect, test } from 'bun:test';
import { type TSchema, Type } from '@sinclair/typebox';
import {
  fits,
  fromText,
  limitsOf,
  plainSchema,
  revived,
  whyNot,
} from '../../../services/platform/configuration/kinds.ts';

const level = Type.Union([Type.Literal('low'), Type.Literal('high')]);
const kinds: readonly [name: string, schema: TSchema, takes: string, good: unknown[], bad: unknown[]][] = [
  [
    'a whole number',
    Type.Integer({ minimum: 1, maximum: 9 }),
    'a whole number from 1 to 9',
    [1, 9],
    [0, 10, 2.5, '3', null],
  ],
  ['a number', Type.Number({ exclusiveMinimum: 0 }), 'a number above 0', [0.1], [0, '1', Number.NaN]],
  [
    'a text',
    Type.String({ minLength: 2, maxLength: 4 }),
    'a text of 2 to 4 characters',
    ['ab'],
    ['a', 'abcde', 12],
  ],
  ['a pattern', Type.String({ pattern: '^\\d+s$' }), 'a text that matches ^\\d+s$', ['10s'], ['10']],
  ['a truth value', Type.Boolean(), 'true or false', [true, false], ['true', 0]],
  ['a choice', level, 'one of low, high', ['low'], ['medium', '']],
  [
    'a list',
    Type.Array(Type.Integer({ minimum: 0 }), { maxItems: 2 }),
    'a list of at most 2 entries, each a whole number at least 0',
    [[], [1, 2]],
    [[1, 2, 3], [-1], 1],
  ],
];
for (const [name, schema, takes, good, bad] of kinds) {
  test(`${name}: says what it takes, and checks the same after a trip over the topic`, () => {
    expect(limitsOf(schema)).toBe(takes);
    const back = revived(JSON.parse(JSON.stringify(plainSchema(schema))));
    if (back === null) throw new Error('it did not come back');
    expect(limitsOf(back)).toBe(takes);
    for (const value of good)
      expect([value, fits(back, value), fits(schema, value)]).toEqual([value, true, true]);
    for (const value of bad)
      expect([value, fits(back, value), fits(schema, value)]).toEqual([value, false, false]);
  });
}

const unfit: readonly [name: string, plain: unknown][] = [
  ['an object', plainSchema(Type.Object({ a: Type.String() }))],
  ['anything', {}],
  ['a format, which runtimes know or not', { type: 'string', format: 'email' }],
  ['a pattern that is none', { type: 'string', pattern: '(' }],
  ['a choice with such a thing in it', { anyOf: [{ const: 'a' }, { type: 'object' }] }],
  ['no schema at all', 'string'],
];
for (const [name, plain] of unfit) {
  test(`${name} is no setting`, () => {
    expect(revived(plain)).toBeNull();
  });
}

test('a text stands for itself where the setting takes texts, else for what it is as JSON', () => {
  expect(fromText(Type.String(), '500')).toBe('500');
  expect(fromText(Type.Integer(), '500')).toBe(500);
  expect(fromText(Type.Boolean(), 'false')).toBe(false);
  expect(fromText(level, 'high')).toBe('high');
  expect(fromText(Type.Array(Type.String()), '["a"]')).toEqual(['a']);
  expect(fromText(Type.Integer(), '5.5')).toBeUndefined();
  expect(fromText(Type.Integer(), 'many')).toBeUndefined();
});

test('a value that is too long to keep does not fit, and says so', () => {
  const text = 'x'.repeat(10_000);
  expect(fits(Type.String(), text)).toBe(false);
  expect(whyNot(Type.String(), text)).toContain('more than 8192 characters');
});
