import { afterEach, expect, test } from 'bun:test';
import { openAuth } from '../../../services/platform/auth/index.ts';
import { HttpProblem } from '../../../services/platform/http/index.ts';
import { createLogger } from '../../../services/platform/log.ts';
import { openTelemetry } from '../../../services/platform/telemetry/index.ts';
import { KEYED_WAITERS_MAX } from '../../../services/platform/view/index.ts';
import { until } from '../../support/until.ts';
import { keyOf, keys, PARTITIONS, Spread } from './spread.ts';

const WAIT_MS = 10_000;
const spreads: Spread[] = [];

afterEach(async () => {
  for (const spread of spreads.splice(0)) await spread.close();
});

async function make(): Promise<Spread> {
  const spread = await Spread.make();
  spreads.push(spread);
  return spread;
}

test('every key is read at every instance, and served by its owner', async () => {
  const spread = await make();
  const all = keys(30);
  await spread.publish(all.map((key) => [key, `value of ${key}`]));
  const instances = await spread.startAll(3);
  for (const key of all) {
    const owner = instances.find(({ view }) => view.locate(key).kind === 'local');
    for (const instance of instances) {
      expect(await instance.get(key, WAIT_MS)).toEqual({
        status: 200,
        value: `value of ${key}`,
        servedBy: owner?.url ?? '',
      });
    }
  }
  const hops = instances.reduce((sum, { forwarded }) => sum + forwarded, 0);
  expect(hops).toBe(all.length * 2); // two of three instances had to ask, each once
});

test('the instances share the partitions, and all tell the same about it', async () => {
  const spread = await make();
  const instances = await spread.startAll(3);
  const tables = instances.map(({ view }) => view.instances());
  expect(tables[1]).toEqual(tables[0] ?? []);
  expect(tables[2]).toEqual(tables[0] ?? []);
  const owned = (tables[0] ?? []).flatMap((each) => each.owned);
  expect([...owned].sort()).toEqual([...Array(PARTITIONS).keys()]);
  for (const { owned: mine, standby } of tables[0] ?? []) {
    expect(mine).toHaveLength(2);
    expect(standby.filter((partition) => mine.includes(partition))).toEqual([]);
  }
});

test('an instance folds what it owns and stands by for, and nothing else', async () => {
  const spread = await make();
  const all = keys(60);
  await spread.publish(all.map((key) => [key, 'x']));
  const instances = await spread.startAll(3);
  const copies = all.map((key) => instances.filter((instance) => instance.value(key) !== undefined).length);
  const reads = instances.map(({ line }) => Object.keys(line.lastFrom()).length);
  expect(reads.reduce((sum, count) => sum + count, 0)).toBe(2 * PARTITIONS);
  // one that was alone for a moment has more in its file, which is not served
  expect(Math.min(...copies)).toBeGreaterThanOrEqual(2);
});

test('a read that waits at another instance is answered when the record comes', async () => {
  const spread = await make();
  const [first, second] = await spread.startAll(2);
  if (first === undefined || second === undefined) throw new Error('no instances');
  const key = keyOf(first);
  const waiting = second.get(key, WAIT_MS);
  await until('the read to come to the owner', () => first.waitedOn === 1);
  await spread.publish([[key, 'late']]);
  expect(await waiting).toEqual({ status: 200, value: 'late', servedBy: first.url });
});

test('fifty readers wait for one key at each instance, and all are answered', async () => {
  const spread = await make();
  const instances = await spread.startAll(3);
  const waiting = instances.flatMap((instance) =>
    Array.from({ length: 50 }, () => instance.get('the key', WAIT_MS)),
  );
  await until('those elsewhere to come to the owner', () => instances.some((each) => each.waitedOn === 100));
  await spread.publish([['the key', 'here']]);
  const answers = await Promise.all(waiting);
  expect(answers.filter(({ status, value }) => status === 200 && value === 'here')).toHaveLength(150);
});

test('more reads wait at another instance than one runtime’s fetch can have under way', async () => {
  const spread = await make();
  const [first, second] = await spread.startAll(2);
  if (first === undefined || second === undefined) throw new Error('no instances');
  const key = keyOf(first);
  const waiting = Array.from({ length: 400 }, () => second.query(key, WAIT_MS));
  await until('all to come to the owner', () => first.waitedOn === 400);
  await spread.publish([[key, 'here']]);
  const answers = await Promise.all(waiting);
  expect(answers.filter((answer) => answer?.value === 'here')).toHaveLength(400);
});

test('a read whose key does not come ends at its limit, here and elsewhere', async () => {
  const spread = await make();
  const instances = await spread.startAll(2);
  for (const instance of instances) {
    const startedAt = performance.now();
    expect((await instance.get('nothing', 150)).status).toBe(504);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(140);
  }
});

test('a read that does not wait is told at once that a key is not there, here and elsewhere', async () => {
  const spread = await make();
  const instances = await spread.startAll(2);
  for (const instance of instances) {
    const startedAt = performance.now();
    expect(await instance.query('nothing', 0)).toBeUndefined();
    expect(performance.now() - startedAt).toBeLessThan(500);
  }
});

test('a forwarded read is never forwarded again: where the key is not held it is refused', async () => {
  const spread = await make();
  const [first, second] = await spread.startAll(2, { standbyReplicas: 0 });
  if (first === undefined || second === undefined) throw new Error('no instances');
  const refusal = await second.query(keyOf(first), WAIT_MS, true).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(HttpProblem);
  expect(refusal).toMatchObject({ status: 421, code: 'not-the-owner' });
  expect(first.forwarded).toBe(0);
});

test('a read at another instance takes along a token and the trace that it belongs to', async () => {
  const spread = await make();
  const logger = createLogger({ logLevel: 'silent', logFormat: 'json' });
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const off = { tracing: false, traceRatio: 0, otlpEndpoint: null, otlpHeaders: {} };
  const [first, second] = await spread.startAll(2, {
    auth: { ...openAuth({ oidc: null, logger }), headers: async () => ({ authorization: 'Bearer mine' }) },
    telemetry: { ...openTelemetry({ settings: off, logger }), active: () => traceparent },
  });
  if (first === undefined || second === undefined) throw new Error('no instances');
  await spread.publish([[keyOf(first), 'x']]);
  expect((await second.get(keyOf(first), WAIT_MS)).value).toBe('x');
  const sent = ['authorization', 'traceparent'].map((name) => first.lastHeaders?.get(name));
  expect(sent).toEqual(['Bearer mine', traceparent]);
});

test('the waits are bounded, and who does not wait is still answered', async () => {
  const spread = await make();
  const [only] = await spread.startAll(1);
  if (only === undefined) throw new Error('no instance');
  const waiting = Promise.allSettled(
    Array.from({ length: KEYED_WAITERS_MAX }, (_, at) => only.query(`never-${at % 100}`, WAIT_MS)),
  );
  await expect(only.query('one more', WAIT_MS)).rejects.toThrow(/10000 requests wait already/);
  await spread.publish([['there', 'x']]);
  await until('the record', () => only.value('there') !== undefined);
  expect((await only.query('there', 0))?.value).toBe('x');
  await only.stop();
  const outcomes = await waiting;
  expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(KEYED_WAITERS_MAX);
});

test('a client that is gone ends its wait, at the instance that it asked and at the owner', async () => {
  const spread = await make();
  const [first, second] = await spread.startAll(2);
  if (first === undefined || second === undefined) throw new Error('no instances');
  const key = keyOf(first);
  let probes = 0;
  const gone = new AbortController();
  const probe = (): undefined => void probes++;
  const ask = { key, timeoutMs: WAIT_MS, path: `/things/${key}`, probe, forwarded: false };
  const waiting = [first, second].map(({ view }) => view.query({ ...ask, signal: gone.signal }));
  await until('the read to come to the owner', () => first.waitedOn === 1);
  gone.abort();
  expect(await Promise.all(waiting)).toEqual([undefined, undefined]);
  await until('the owner to end it', () => first.answering === 0);
  const before = probes;
  await spread.publish([[key, 'too late']]);
  await until('the record', () => first.value(key) !== undefined);
  expect(probes).toBe(before);
});

test('a record may satisfy reads of other keys than its own', async () => {
  const spread = await make();
  const [only] = await spread.startAll(1, {
    keysOf: ({ key }) => {
      if (key === 'broken') throw new Error('a defect');
      return [String(key).replace('alias', 'key')];
    },
  });
  if (only === undefined) throw new Error('no instance');
  const probe = (): string | undefined => only.value('alias-1');
  const options = { key: 'key-1', timeoutMs: WAIT_MS, path: '/', probe, forwarded: false };
  const waiting = only.view.query(options);
  await spread.publish([['broken', 'x']]);
  await spread.publish([['alias-1', 'found']]);
  expect((await waiting)?.value).toBe('found');
});
