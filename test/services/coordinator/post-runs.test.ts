import { afterEach, expect, test } from 'bun:test';
import { topics } from '../../../core/mod.ts';
import { type Body, cleanUp, newLog, type Running, recordsOn, start } from './support.ts';

afterEach(cleanUp);

function postRuns(
  { url }: Running,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return fetch(`${url}/runs`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  });
}

test('starts a run with a label, which replies and lists show', async () => {
  const log = await newLog();
  const coordinator = await start(log);
  const label = 'Nachlauf Süd, 2. Versuch 😀';
  const response = await postRuns(coordinator, { customerIdentifiers: ['1', '3'], label });
  const reply = (await response.json()) as Body;
  expect(response.status).toBe(202);
  expect(response.headers.get('location')).toBe(`/runs/${reply.runId}`);
  expect([reply.label, reply.count]).toEqual([label, 2]);
  expect((await coordinator.json(`/runs/${reply.runId}`)).label).toBe(label);
  expect((await coordinator.json('/runs')).runs[0].label).toBe(label);
  const [run] = (await recordsOn(log, topics.billingRuns)).filter(({ key }) => key === reply.runId);
  expect(JSON.parse(String(run?.value)).label).toBe(label);
});

test('the label is part of what a repeat must share', async () => {
  const coordinator = await start(await newLog());
  const body = { customerIdentifiers: ['1'], label: 'one' };
  const headers = { 'idempotency-key': 'k1' };
  const first = await postRuns(coordinator, body, headers);
  const again = await postRuns(coordinator, body, headers);
  expect([first.status, again.status]).toEqual([202, 202]);
  expect(again.headers.get('idempotent-replayed')).toBe('true');
  expect(await again.json()).toEqual(await first.json());
  const other = await postRuns(coordinator, { ...body, label: 'another' }, headers);
  expect([other.status, ((await other.json()) as Body).code]).toEqual([409, 'run-conflict']);
});

const bad: readonly [string, unknown, string][] = [
  ['a bare array', ['1'], 'invalid-body'],
  ['the misspelt name of older clients', { ['customerIdentif' + 'ers']: ['1'] }, 'missing-identifiers'],
  ['a mistyped field', { customerIdentifiers: ['1'], lable: 'x' }, 'unknown-field'],
  ['an empty label', { customerIdentifiers: ['1'], label: '' }, 'invalid-label'],
  ['a label of 201 characters', { customerIdentifiers: ['1'], label: 'x'.repeat(201) }, 'invalid-label'],
  ['a label of two lines', { customerIdentifiers: ['1'], label: 'a\nb' }, 'invalid-label'],
  ['a label that is a number', { customerIdentifiers: ['1'], label: 7 }, 'invalid-label'],
];
for (const [name, body, code] of bad) {
  test(`refuses ${name}: ${code}, and nothing is written`, async () => {
    const log = await newLog();
    const response = await postRuns(await start(log), body);
    expect([response.status, ((await response.json()) as Body).code]).toEqual([400, code]);
    expect(await recordsOn(log, topics.billingRuns)).toEqual([]);
  });
}
