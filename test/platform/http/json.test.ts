import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { isWellFormed } from '../../../core/mod.ts';
import { parseJson } from '../../../services/platform/http/json.ts';
import { HttpProblem } from '../../../services/platform/http/problem.ts';

const parse = (text: string): unknown => parseJson(new TextEncoder().encode(text));

function refused(text: string): {
  readonly status: number;
  readonly code: string;
  readonly at: string | undefined;
} {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof HttpProblem)
      return { status: error.status, code: error.code, at: error.errors?.[0]?.path };
    throw error;
  }
  throw new Error(`taken: ${text.slice(0, 100)}`);
}

test('takes whatever JSON says once and exactly', () => {
  fc.assert(
    fc.property(fc.json({ noUnicodeString: false }), (text) => {
      const value = JSON.parse(text);
      fc.pre(survives(value));
      expect(parse(text)).toEqual(value);
    }),
    { numRuns: 300 },
  );
});

/** No halves of surrogate pairs, no number that JSON rounds. */
function survives(value: unknown): boolean {
  if (typeof value === 'string') return isWellFormed(value);
  if (typeof value === 'number') return !Number.isInteger(value) || Number.isSafeInteger(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([name, member]) => isWellFormed(name) && survives(member));
}

const twice = [
  '{"a":1,"a":1}',
  '{"a":1,"\\u0061":2}',
  '[{"x":{"b":":","c":"\\"","b":0}}]',
  '{"__proto__":1,"__proto__":2}',
  '{"a":{"a":1},"b":[{"a":1,"a":2}]}',
];
for (const text of twice)
  test(`refuses a name that is there twice: ${text}`, () => {
    expect(refused(text)).toEqual({ status: 400, code: 'duplicate-name', at: undefined });
  });

const once = [
  '{"a":{"a":{"a":1}}}',
  '{":":"::","\\\\":":","\\":":1}',
  '[":","\\\\",{"":":"}]',
  '":{}:"',
  '{}',
];
for (const text of once)
  test(`colons and quotes in strings are no names: ${text}`, () => {
    expect(parse(text)).toEqual(JSON.parse(text));
  });

test('refuses what another trip through JSON would change, and says where', () => {
  expect(refused('{"a":["x","\\ud800"]}')).toEqual({ status: 422, code: 'invalid-input', at: '/a/1' });
  expect(refused('{"a":{"\\udc00":1}}')).toEqual({ status: 422, code: 'invalid-input', at: '/a' });
  for (const number of ['1e999', '-1e999', '9007199254740993', '1e300'])
    expect(refused(`{"n":${number}}`)).toEqual({ status: 422, code: 'invalid-input', at: '/n' });
  expect(parse('[9007199254740991,0.1,-0.5,1e-400]')).toEqual([9007199254740991, 0.1, -0.5, 0]);
});

test('takes 64 levels and refuses 65', () => {
  const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
  expect(parse(nested(64))).toBeDefined();
  expect(refused(nested(65)).code).toBe('too-deep');
});

test('a large list of texts without any name is read in one go', () => {
  const ids = Array.from({ length: 100_000 }, (_, index) => `customer-${index}:x`);
  expect(parse(JSON.stringify({ ids }))).toEqual({ ids });
});
