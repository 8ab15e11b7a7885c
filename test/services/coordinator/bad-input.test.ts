import { afterAll, beforeAll, expect, test } from 'bun:test';
import { type MemoryLog, topics } from '../../../core/mod.ts';
import { cleanUp, newLog, type Running, start } from './support.ts';

let log: MemoryLog;
let coordinator: Running;

beforeAll(async () => {
  log = await newLog();
  coordinator = await start(log);
});
afterAll(cleanUp);

interface Case {
  readonly name: string;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status: number;
  readonly code: string;
}

const ids = (count: number): string[] => Array.from({ length: count }, (_, index) => `c${index}`);
const list = (...customerIdentifiers: unknown[]): unknown => ({ customerIdentifiers });
const refused = (name: string, body: unknown, code: string, status = 400): Case => ({
  name,
  body,
  code,
  status,
});
const withKey = (name: string, key: string, code = 'invalid-idempotency-key'): Case => ({
  ...refused(name, list('1'), code),
  headers: { 'idempotency-key': key },
});

const november = { from: '2026-11-01', to: '2026-12-01' };
const orders = (period: unknown): unknown => ({
  customerIdentifiers: ['1'],
  workflowType: 'order-billing',
  ...(period === undefined ? {} : { period }),
});

const cases: readonly Case[] = [
  refused('malformed JSON', '{"customerIdentifiers":["1"', 'malformed-json'),
  refused('no body', '', 'invalid-body'),
  refused('bytes that are no UTF-8', new Uint8Array([0x5b, 0x22, 0xff, 0x22, 0x5d]), 'invalid-utf8'),
  refused('null', 'null', 'invalid-body'),
  refused('a string', '"1"', 'invalid-body'),
  refused('a number', '1', 'invalid-body'),
  refused('an object without identifiers', {}, 'missing-identifiers'),
  refused('identifiers that are no list', { customerIdentifiers: '1' }, 'invalid-body'),
  refused('identifiers that are an object', { customerIdentifiers: { 0: '1', length: 1 } }, 'invalid-body'),
  refused(
    'both spellings',
    { customerIdentifiers: ['1'], ['customerIdentif' + 'ers']: ['1'] },
    'invalid-body',
  ),
  refused('a mistyped field', { customerIdentifiers: ['1'], billdate: '2026-11-30' }, 'unknown-field'),
  refused('an empty list', list(), 'no-identifiers'),
  refused('an empty bare array', [], 'no-identifiers'),
  refused('1,000,001 identifiers', ids(1_000_001), 'too-many-identifiers'),
  refused('a body over the limit', `["${'x'.repeat(48 * 1024 * 1024)}"]`, 'body-too-large', 413),
  refused('nesting without end', '['.repeat(100_000), 'malformed-json'),
  refused('nesting too deep', `${'['.repeat(100)}${']'.repeat(100)}`, 'too-deep'),
  refused('a __proto__ key', '{"customerIdentifiers":["1"],"__proto__":{"runId":"x"}}', 'invalid-body'),
  refused('identifiers by __proto__', '{"__proto__":{"customerIdentifiers":["1"]}}', 'invalid-body'),
  refused(
    'identifiers by constructor',
    '{"constructor":{"customerIdentifiers":["1"]}}',
    'missing-identifiers',
  ),
  refused('an empty identifier', list('1', ''), 'invalid-identifier'),
  refused('an identifier with NUL', list('a\u0000b'), 'invalid-identifier'),
  refused('an identifier with a line feed', list('a\nb'), 'invalid-identifier'),
  refused('an identifier of 129 characters', list('x'.repeat(129)), 'invalid-identifier'),
  refused('an identifier of 10 kB', list('x'.repeat(10_240)), 'invalid-identifier'),
  refused('half of a surrogate pair', '["a\\ud800"]', 'invalid-input', 422),
  refused('a float', list(1.5), 'invalid-identifier'),
  refused('a number beyond what JSON carries exactly', '[9007199254740993]', 'invalid-input', 422),
  refused('a number that is infinite', '[1e999]', 'invalid-input', 422),
  refused('null as an identifier', list(null), 'invalid-identifier'),
  refused('true as an identifier', list(true), 'invalid-identifier'),
  refused('a nested array', list(['1']), 'invalid-identifier'),
  refused('an object as an identifier', list({ toString: '1' }), 'invalid-identifier'),
  refused('a runId with an underscore', { customerIdentifiers: ['1'], runId: 'a_b' }, 'invalid-run-id'),
  refused('a runId with a path', { customerIdentifiers: ['1'], runId: '../x' }, 'invalid-run-id'),
  refused(
    'a runId of 65 characters',
    { customerIdentifiers: ['1'], runId: 'x'.repeat(65) },
    'invalid-run-id',
  ),
  refused('a runId that is a number', { customerIdentifiers: ['1'], runId: 1 }, 'invalid-run-id'),
  refused('a day that is none', { customerIdentifiers: ['1'], billDate: '2026-02-30' }, 'invalid-bill-date'),
  refused(
    'a date with time',
    { customerIdentifiers: ['1'], billDate: '2026-02-03T00:00:00Z' },
    'invalid-bill-date',
  ),
  refused('a period without its type', { customerIdentifiers: ['1'], period: november }, 'unexpected-period'),
  refused(
    'a period with the usual type',
    { customerIdentifiers: ['1'], workflowType: 'bill-generation', period: november },
    'unexpected-period',
  ),
  refused(
    'an unknown type',
    { customerIdentifiers: ['1'], workflowType: 'order-email' },
    'invalid-workflow-type',
  ),
  refused('null as a type', { customerIdentifiers: ['1'], workflowType: null }, 'invalid-workflow-type'),
  refused('order-billing without a period', orders(undefined), 'missing-period'),
  refused('null as a period', orders(null), 'invalid-period'),
  refused('a period that is a text', orders('2026-11'), 'invalid-period'),
  refused('a period that is a list', orders(['2026-11-01', '2026-12-01']), 'invalid-period'),
  refused('a period without its end', orders({ from: november.from }), 'invalid-period'),
  refused('a period of no day', orders({ from: november.from, to: november.from }), 'invalid-period'),
  refused(
    'a period that ends before it begins',
    orders({ from: november.to, to: november.from }),
    'invalid-period',
  ),
  refused(
    'a period of a day that is none',
    orders({ from: '2026-02-30', to: november.to }),
    'invalid-period',
  ),
  refused('a period with more in it', orders({ ...november, zone: 'UTC' }), 'invalid-period'),
  refused('null as a date', { customerIdentifiers: ['1'], billDate: null }, 'invalid-bill-date'),
  {
    ...refused('a form', 'customerIdentifiers=1', 'unsupported-media-type', 415),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  },
  {
    ...refused('JSON sent as text, as a foreign page could', list('1'), 'unsupported-media-type', 415),
    headers: { 'content-type': 'text/plain' },
  },
  withKey('an empty Idempotency-Key', ''),
  withKey('an Idempotency-Key of 256 characters', 'k'.repeat(256)),
  withKey('an Idempotency-Key that is not ASCII', 'schl\u00fcssel'),
  {
    ...withKey('a runId that is not the one of the Idempotency-Key', 'a', 'run-id-mismatch'),
    body: { customerIdentifiers: ['1'], runId: 'b' },
  },
];

for (const { name, body, headers, status, code } of cases) {
  test(`refuses ${name}: ${status} ${code}, and nothing is on the log`, async () => {
    const response = await coordinator.post(body, headers);
    const text = await response.text();
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    const problem = JSON.parse(text) as { code: string; status: number; detail: string };
    expect({ status: response.status, code: problem.code }).toEqual({ status, code });
    expect(problem.status).toBe(status);
    expect(problem.detail.length).toBeGreaterThan(20);
    expect(await log.endOffsets(topics.billingRuns)).toEqual([0, 0]);
    expect(await log.endOffsets(topics.workflowQueue)).toEqual([0, 0]);
  });
}

test('says which identifier is wrong without repeating it', async () => {
  const problem = (await (await coordinator.post(list('1', 'secret\u0000'))).json()) as { detail: string };
  expect(problem.detail).toContain('[1]');
  expect(problem.detail).not.toContain('secret');
});

const paths: readonly [string, number, string][] = [
  ['/runs/nope', 404, 'no-such-run'],
  ['/runs/..%2F..%2Fetc', 404, 'no-such-run'],
  ['/runs/%00', 404, 'no-such-run'],
  ['/runs?limit=0', 400, 'invalid-page'],
  ['/runs?limit=1e3', 400, 'invalid-page'],
  ['/runs?after=nope', 400, 'invalid-page'],
  ['/runs/nope?after=-1', 400, 'invalid-page'],
  ['/runs/nope?wait=10', 400, 'invalid-wait'],
  ['/runs/nope?wait=6m', 400, 'invalid-wait'],
  ['/runs/nope?wait=-1s', 400, 'invalid-wait'],
  ['/jobs/nope', 404, 'no-such-job'],
  ['/jobs/%ff', 400, 'malformed-path'],
  ['/runs?limt=5', 422, 'invalid-input'],
  ['/runs?limit=5&limit=6', 422, 'invalid-input'],
  ['/jobs/nope?wait=1s', 422, 'invalid-input'],
  ['/bills/nope', 404, 'no-such-job'],
  ['/bills/__proto__', 404, 'no-such-job'],
  ['/nope', 404, 'not-found'],
];
for (const [path, status, code] of paths) {
  test(`answers GET ${path} with ${status} ${code}`, async () => {
    const response = await coordinator.get(path);
    expect({ status: response.status, code: ((await response.json()) as { code: string }).code }).toEqual({
      status,
      code,
    });
  });
}
