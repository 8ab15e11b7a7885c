// What bounds the streams, on real HTTP but with limits that a test can reach.
import { afterEach, expect, test } from 'bun:test';
import { connect, type Socket } from 'node:net';
import { billRunRecords, type JobEvent, type MemoryLog, partitionFor } from '../../../../core/mod.ts';
import { RunEvents } from '../../../../services/coordinator/events/index.ts';
import { STREAM_LIMITS, type StreamLimits } from '../../../../services/coordinator/events/streams.ts';
import { CoordinatorView } from '../../../../services/coordinator/view/index.ts';
import { HttpProblem, problemResponse } from '../../../../services/platform/http/index.ts';
import { createLogger } from '../../../../services/platform/log.ts';
import { type Body, cleanUp, eventually, newDirectory, newLog, PARTITIONS, report } from '../support.ts';
import { Listener } from './reading.ts';

const undos: (() => unknown)[] = [];

afterEach(async () => {
  for (const undo of undos.splice(0).reverse()) await undo();
  await cleanUp();
});

interface Served {
  readonly log: MemoryLog;
  readonly url: string;
  readonly port: number;
  readonly events: RunEvents;
  readonly cuts: () => number;
}

/** A view with a run 'r', and its events. */
async function serve(customers: number, limits: Partial<StreamLimits>): Promise<Served> {
  const log = await newLog();
  const customerIdentifiers = Array.from({ length: customers }, (_, at) => String(at + 1));
  const time = '2026-11-21T09:00:00.000Z';
  await log.publish(billRunRecords('r', { customerIdentifiers }, time, partitionFor('r', PARTITIONS)));
  const logger = createLogger({ logLevel: 'silent', logFormat: 'json' });
  const view = await CoordinatorView.open({
    transport: log,
    dataDir: newDirectory(),
    port: 1,
    partitions: PARTITIONS,
    logger,
  });
  undos.push(() => view.close());
  let cuts = 0;
  const onCut = (): void => void cuts++;
  const events = new RunEvents({ view, transport: log, limits: { ...STREAM_LIMITS, ...limits }, onCut });
  await eventually('the run is there', () => view.runs.find('r') !== null);
  const server = Bun.serve({
    port: 0,
    development: false,
    reusePort: false,
    fetch: ({ signal }) =>
      events.followRun('r', null, signal).catch((error: unknown) => {
        if (error instanceof HttpProblem) return problemResponse(error);
        throw error;
      }),
  });
  undos.push(
    () => server.stop(true),
    () => events.stop(),
  );
  const port = server.port ?? 0;
  return { log, url: `http://127.0.0.1:${port}`, port, events, cuts: () => cuts };
}

async function open(url: string): Promise<Listener> {
  const listener = await Listener.open(url);
  undos.push(() => listener.close());
  return listener;
}

test('beyond the limit it says when to ask again, and there is room again when one goes', async () => {
  const { url, events } = await serve(1, { streams: 2 });
  const [first] = [await open(url), await open(url)];
  const refused = await fetch(url);
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '2']);
  expect(((await refused.json()) as Body).code).toBe('too-many-streams');
  first.close();
  await eventually('one has gone', () => events.open === 1);
  expect((await open(url)).status).toBe(200);
});

test('a reader that does not read is cut off, and others are told all the same', async () => {
  const { log, url, port, events, cuts } = await serve(1_000, { fullMs: 1 });
  const idle = connect(port, '127.0.0.1');
  undos.push(() => idle.destroy());
  idle.pause();
  idle.on('error', () => {}); // it is cut off: that is what is tested
  idle.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await eventually('it is there', () => events.open === 1);
  const message = 'x'.repeat(4_000);
  const failed: JobEvent = { event: 'failed', error: { code: 'broken', message } };
  const reports = Array.from({ length: 999 }, (_, at) => report(`r_${at + 1}`, 1, 'failed', [failed]));
  for (let at = 0; at < reports.length; at += 100) await log.publish(reports.slice(at, at + 100));
  await eventually('it is cut off', () => cuts() === 1 && events.open === 0);
  const reading = await open(url);
  await log.publish([
    report('r_1000', 1, 'failed', [{ event: 'failed', error: { code: 'broken', message: '' } }]),
  ]);
  await eventually('the other has read the end', () => reading.state === 'ended');
  expect(reading.of('job').length).toBe(1_000);
  expect(await brokenOff(idle)).toBe(true);
});

/** Reads on; whether the connection broke off before the end of the answer. */
function brokenOff(socket: Socket): Promise<boolean> {
  return new Promise((told) => {
    let text = '';
    socket.on('data', (bytes) => {
      text = (text + bytes.toString()).slice(-10);
    });
    socket.on('close', () => told(!text.endsWith('0\r\n\r\n')));
    socket.resume();
  });
}

test('a comment tells that the connection is alive, where there is nothing else to tell', async () => {
  const { url } = await serve(1, { heartbeatMs: 1 });
  const listener = await open(url);
  await eventually('it is told so', () => listener.text.includes(': alive\n\n'));
  expect(listener.told.length).toBe(1);
});

test('a stream ends after its time, and its reader goes on with the next', async () => {
  const { url, events } = await serve(1, { lifeMs: 1 });
  const listener = await open(url);
  await eventually('it has ended', () => listener.state === 'ended');
  expect(events.open).toBe(0);
  expect(listener.position).not.toBeNull();
});

test('what a coordinator told last is told to all when it stops, and nobody comes in any more', async () => {
  const { url, events } = await serve(1, {});
  const listener = await open(url);
  await eventually('it has begun', () => listener.told.length === 1);
  events.stop();
  await eventually('it has ended', () => listener.state === 'ended');
  expect((await fetch(url)).status).toBe(503);
});
