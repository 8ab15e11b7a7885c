import { afterEach, expect, test } from 'bun:test';
import { connect } from 'node:net';
import type { JobEvent, MemoryLog } from '../../../../core/mod.ts';
import {
  type Body,
  cleanUp,
  eventually,
  newDirectory,
  newLog,
  type Running,
  report,
  start,
  stop,
} from '../support.ts';
import { Listener } from './reading.ts';

const listeners: Listener[] = [];

afterEach(async () => {
  for (const listener of listeners.splice(0)) listener.close();
  await cleanUp();
});

const done: JobEvent = { event: 'completed', result: { fine: true } };
const failed: JobEvent = { event: 'failed', error: { code: 'no-such-customer', message: 'there is none' } };
const parked: JobEvent = { event: 'parked', error: { code: 'defect', message: 'it threw' } };

async function listen({ url }: Running, runId: string, after: string | null = null): Promise<Listener> {
  const listener = await Listener.open(`${url}/runs/${runId}/events`, after);
  listeners.push(listener);
  return listener;
}

async function newRun(customers: number): Promise<{ log: MemoryLog; coordinator: Running }> {
  const log = await newLog();
  const coordinator = await start(log);
  const customerIdentifiers = Array.from({ length: customers }, (_, at) => String(at + 1));
  expect((await coordinator.post({ customerIdentifiers, runId: 'r' })).status).toBe(202);
  return { log, coordinator };
}

const completed = (...customers: number[]) =>
  customers.map((each) => report(`r_${each}`, 1, 'completed', [done]));

const hasTold = (listener: Listener, what: string, probe: () => boolean): Promise<void> =>
  eventually(`${what}; told were ${JSON.stringify(listener.told)}`, probe);

test('tells the progress as it stands and as it goes, then the end, and ends', async () => {
  const { log, coordinator } = await newRun(3);
  const listener = await listen(coordinator, 'r');
  await hasTold(listener, 'where it stands', () => listener.told.length === 1);
  const { workflows: _, ...run } = await coordinator.json('/runs/r');
  expect(listener.told[0]).toMatchObject({ event: 'progress', data: run });
  await log.publish(completed(1));
  await hasTold(listener, 'one', () => listener.of('progress').at(-1)?.completed === 1);
  await log.publish(completed(2, 3));
  await hasTold(listener, 'the end', () => listener.state === 'ended');
  expect(listener.told.map(({ event }) => event).at(-1)).toBe('ended');
  const { workflows: _all, ...last } = await coordinator.json('/runs/r');
  expect(listener.of('ended')).toEqual([last]);
  expect(last).toMatchObject({ completed: 3, ended: true, endedAt: last.updatedAt });
  expect(listener.of('progress').every(({ ended }) => ended === false)).toBe(true);
});

test('a browser that comes again after the end is told to stay away', async () => {
  const { log, coordinator } = await newRun(1);
  await log.publish(completed(1));
  const first = await listen(coordinator, 'r');
  await hasTold(first, 'the end', () => first.state === 'ended');
  expect((await listen(coordinator, 'r', first.position)).status).toBe(204);
});

test('goes on at another coordinator after the last event, without a repeat', async () => {
  const { log, coordinator } = await newRun(4);
  const other = await start(log);
  await log.publish([...completed(1), report('r_2', 1, 'failed', [failed])]);
  const first = await listen(coordinator, 'r');
  await hasTold(first, 'both', () => first.of('progress').at(-1)?.failed === 1);
  first.close();
  const second = await listen(other, 'r', first.position);
  await log.publish([report('r_3', 1, 'failed', [failed]), ...completed(4)]);
  await hasTold(second, 'the end', () => second.state === 'ended');
  expect(second.of('job').map(({ workflowId }) => workflowId)).toEqual(['r_3']);
  const before = first.told.map(({ data }) => JSON.stringify(data));
  expect(second.told.filter(({ data }) => before.includes(JSON.stringify(data)))).toEqual([]);
  expect(second.of('ended')).toMatchObject([{ completed: 2, failed: 2 }]);
});

test('what happened while nobody listened and the coordinator was down is told afterwards', async () => {
  const log = await newLog();
  const directory = newDirectory();
  const coordinator = await start(log, directory);
  await coordinator.post({ customerIdentifiers: ['1', '2', '3'], runId: 'r' });
  await log.publish([report('r_1', 1, 'parked', [parked])]);
  const first = await listen(coordinator, 'r');
  await hasTold(first, 'the parked one', () => first.of('progress').at(-1)?.parked === 1);
  await stop(coordinator);
  await eventually('the stream ends with it', () => first.state !== 'open');
  await log.publish([report('r_2', 1, 'failed', [failed]), ...completed(3)]);
  await log.publish([report('r_1', 2, 'completed', [{ event: 'resumed' }, done])]);
  for (const place of [directory, newDirectory()]) {
    const again = await start(log, place);
    const second = await listen(again, 'r', first.position);
    await hasTold(second, 'the end', () => second.state === 'ended');
    expect(second.told.map(({ event }) => event)).toEqual(['job', 'ended']);
    expect(second.of('job')).toMatchObject([
      { workflowId: 'r_2', status: 'failed', problem: { code: 'no-such-customer' } },
    ]);
    await stop(again);
  }
});

test('tells of each job that became parked, failed or cancelled, once, with its reason', async () => {
  const { log, coordinator } = await newRun(250);
  await log.publish(Array.from({ length: 250 }, (_, at) => report(`r_${at + 1}`, 1, 'failed', [failed])));
  const listener = await listen(coordinator, 'r');
  await hasTold(listener, 'the end', () => listener.state === 'ended');
  const told = listener.of('job').map(({ customerIdentifier }) => Number(customerIdentifier));
  expect(told.toSorted((one, other) => one - other)).toEqual(Array.from({ length: 250 }, (_, at) => at + 1));
  const middle = listener.told[120]?.id ?? null;
  const second = await listen(coordinator, 'r', middle);
  await hasTold(second, 'the end again', () => second.state === 'ended');
  expect(second.of('job').length).toBe(250 - 121);
});

test('of very many jobs it tells the first thousand, and where the others are', async () => {
  const { log, coordinator } = await newRun(1_200);
  await log.publish(Array.from({ length: 1_200 }, (_, at) => report(`r_${at + 1}`, 1, 'failed', [failed])));
  const listener = await listen(coordinator, 'r');
  await hasTold(listener, 'the end', () => listener.state === 'ended');
  expect(listener.of('job').length).toBe(1_000);
  expect(listener.of('jobs-left-out')).toMatchObject([
    { told: 1_000, links: { failed: '/jobs?status=failed' } },
  ]);
});

test('a coordinator that is behind says nothing old to who has read more', async () => {
  const { log, coordinator } = await newRun(2);
  await log.publish(completed(1));
  const first = await listen(coordinator, 'r');
  await hasTold(first, 'one', () => first.of('progress').at(-1)?.completed === 1);
  const ahead = String(first.position).replace(/-.*/, '-2.2'); // of a log that has gone further
  await log.publish(completed(2));
  const second = await listen(coordinator, 'r', ahead);
  await hasTold(second, 'the end', () => second.state === 'ended');
  expect(second.of('progress').every((each) => each.completed >= 1)).toBe(true);
});

test('what is no id of an event is refused, as is a run that there is not', async () => {
  const { coordinator } = await newRun(1);
  for (const id of ['x', '1-', '-1', 'a-1.2.3', `${'a'.repeat(2_000)}-0.0`]) {
    const response = await coordinator.get('/runs/r/events', { 'last-event-id': id });
    expect({ id, status: response.status, code: ((await response.json()) as Body).code }).toEqual({
      id,
      status: 400,
      code: 'invalid-event-id',
    });
  }
  expect((await coordinator.get('/runs/none/events')).status).toBe(404);
});

test('HEAD says what it would be, and ends', async () => {
  const { coordinator } = await newRun(1);
  const response = await fetch(`${coordinator.url}/runs/r/events`, { method: 'HEAD' });
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
  await eventually('nothing stays open', async () => (await openStreams(coordinator)) === 0);
});

test('a thousand readers are told the same, and leave nothing behind', async () => {
  const { log, coordinator } = await newRun(20);
  const readers = await Promise.all(Array.from({ length: 1_000 }, () => rawReader(coordinator)));
  await eventually('all are there', async () => (await openStreams(coordinator)) === 1_000);
  for (let at = 1; at <= 20; at++) await log.publish(completed(at));
  await eventually('all have read the end', () => readers.every(({ text }) => text.includes('event: ended')));
  const ends = readers.map(({ text }) => text.slice(text.indexOf('event: ended'), text.indexOf('}}\n\n')));
  expect(new Set(ends).size).toBe(1);
  await eventually('nothing stays open', async () => (await openStreams(coordinator)) === 0);
});

/** fetch opens no thousand connections at once. */
function rawReader({ url }: Running): Promise<{ text: string }> {
  const { hostname, port } = new URL(url);
  return new Promise((opened, failed) => {
    const reader = { text: '' };
    const socket = connect(Number(port), hostname);
    socket.on('connect', () => {
      socket.write('GET /runs/r/events HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
      opened(reader);
    });
    socket.on('data', (bytes) => {
      reader.text += bytes.toString();
    });
    socket.on('error', failed);
  });
}

async function openStreams(coordinator: Running): Promise<number> {
  const text = await (await coordinator.get('/metrics')).text();
  return Number(/^coordinator_event_streams (\d+)$/m.exec(text)?.[1]);
}
