import { afterEach, expect, test } from 'bun:test';
import { Registry } from 'prom-client';
import { partitionFor, type Transport } from '../../../core/mod.ts';
import { openDiscovery } from '../../../services/platform/discovery/index.ts';
import { createLogger } from '../../../services/platform/log.ts';
import { until } from '../../support/until.ts';
import { memoryLog, PARTITIONS, Peer, shop, TIMEOUT_MS, withTopic } from './peers.ts';

const WAIT_MS = 20_000;
const peers: Peer[] = [];

afterEach(async () => {
  await Promise.all(peers.splice(0).map(({ discovery }) => discovery.close()));
});

function peer(log: Transport, options: ConstructorParameters<typeof Peer>[1] = {}): Peer {
  const made = new Peer(log, options);
  peers.push(made);
  return made;
}

async function two(): Promise<[Peer, Peer]> {
  const log = await withTopic(memoryLog());
  return [peer(log), peer(log)];
}

const put = (log: Transport, key: string | null, value: string | null): Promise<void> =>
  log.publish([{ topic: 'instances', partition: partitionFor(key ?? '', PARTITIONS), key, value }]);

test('what one process announces the others know, with all that it says of itself', async () => {
  const log = await withTopic(memoryLog());
  const [one, other] = [peer(log, { version: '1.2.3' }), peer(log)];
  one.discovery.operationsAt('http://127.0.0.1:9/ops');
  one.discovery.announce({ ...shop('a'), data: () => ({ partitions: [1, 2] }) });
  expect(await other.one('a')).toEqual({
    service: 'shop',
    instanceId: 'a',
    url: 'http://127.0.0.1:1/a',
    operationsUrl: 'http://127.0.0.1:9/ops',
    pid: process.pid,
    startedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    version: '1.2.3',
    health: 'ready',
    data: { partitions: [1, 2] },
  });
});

test('a process that runs several services says all in one record', async () => {
  const log = await withTopic(memoryLog());
  const [one, other] = [peer(log), peer(log)];
  one.discovery.announce(shop('a'));
  one.discovery.announce({ service: 'quiet', instanceId: 'q', url: null, health: () => 'ready' });
  await other.sees('a');
  await other.sees('q', 'quiet');
  expect(other.discovery.all().map(({ service, url }) => [service, url])).toEqual([
    ['quiet', null],
    ['shop', 'http://127.0.0.1:1/a'],
  ]);
  const reader = await log.read({ topics: ['instances'], from: () => 0 });
  const records = await reader.poll({ maxRecords: 10_000, waitMs: 0 });
  expect(new Set(records.map(({ key }) => key)).size).toBe(2); // one a process
});

test('instances join and leave, and who leaves is gone without waiting for a time-out', async () => {
  const log = await withTopic(memoryLog());
  const never = { timeoutMs: 600_000 };
  const [one, other] = [peer(log, never), peer(log, never)];
  one.discovery.announce(shop('a'));
  const b = one.discovery.announce(shop('b'));
  await other.sees('a,b');
  await b.close();
  await other.sees('a');
  await one.discovery.close();
  await other.sees('');
});

test('a change of health or data is told; a heartbeat that says the same is no news', async () => {
  const [one, other] = await two();
  let health = 'disk full';
  const announced = one.discovery.announce(shop('a', () => health));
  expect((await other.one('a')).health).toBe('disk full');
  let changes = 0;
  other.discovery.onChange(() => changes++);
  health = 'ready';
  announced.beatNow();
  await until('the health', () => other.discovery.instances('shop')[0]?.health === 'ready');
  const before = changes;
  const overAt = performance.now() + TIMEOUT_MS;
  await until('many heartbeats', () => performance.now() > overAt);
  expect([before, changes]).toEqual([1, 1]);
});

test('a health that is a long story is cut short, and the instance is known all the same', async () => {
  const [one, other] = await two();
  one.discovery.announce(shop('a', () => 'x'.repeat(100_000)));
  expect((await other.one('a')).health).toHaveLength(1_000);
});

test('who is silent for the time-out is taken for dead', async () => {
  const [one, other] = await two();
  one.discovery.announce(shop('a'));
  await other.sees('a');
  one.isCut = true;
  await other.sees('');
  one.isCut = false;
  await other.sees('a');
});

test('while the log is away for it, a process takes nobody for dead, says so once, and recovers', async () => {
  const [one, other] = await two();
  one.discovery.announce(shop('a'));
  other.discovery.announce(shop('b'));
  await other.sees('a,b');
  await one.sees('a,b');
  for (const each of [one, other]) each.isCut = true;
  await until('them to notice', () => other.discovery.readiness() === 'the line is cut');
  const overAt = performance.now() + 3 * TIMEOUT_MS;
  await until('more than the time-out', () => performance.now() > overAt);
  expect([one.ids(), other.ids()]).toEqual(['a,b', 'a,b']);
  for (const each of [one, other]) each.isCut = false;
  await until('it to recover', () => other.discovery.readiness() === 'running');
  expect(other.ids()).toBe('a,b');
  expect(other.warnings()).toHaveLength(1);
});

test('a start under the same id by another process takes the place of the earlier one', async () => {
  const log = await withTopic(memoryLog());
  const [first, other] = [peer(log, { timeoutMs: 600_000 }), peer(log, { timeoutMs: 600_000 })];
  first.discovery.announce(shop('a'));
  const before = await other.one('a');
  first.isCut = true; // killed: it can't say that it leaves
  const clock = Date.now();
  await until('another moment', () => Date.now() > clock);
  const again = peer(log, { timeoutMs: 600_000, version: '2' });
  again.discovery.announce({ ...shop('a'), url: 'http://127.0.0.1:2' });
  await until('the new one', () => other.discovery.instances('shop')[0]?.version === '2');
  const [now, ...more] = other.discovery.instances('shop');
  expect(more).toEqual([]);
  expect(now?.url).toBe('http://127.0.0.1:2');
  expect((now?.startedAt ?? '') > before.startedAt).toBe(true);
});

test('heartbeats of long ago, and records that are none, count for nothing at the start', async () => {
  let nowMs = 1_000_000;
  const log = await withTopic(memoryLog(() => nowMs));
  const said = { service: 'shop', instanceId: 'x', startedAt: 'then', health: 'ready', data: {} };
  const beat = (process: string, changes: object = {}): string =>
    JSON.stringify({
      ...{ process, version: '1', operationsUrl: null, beat: 7 },
      instances: [{ ...said, instanceId: process, url: 'http://127.0.0.1:9' }],
      ...changes,
    });
  await put(log, 'dead', beat('dead'));
  nowMs += 3_600_000;
  await put(log, 'broken', '{"process":');
  await put(log, 'null', 'null');
  await put(log, 'liar', beat('another'));
  await put(log, 'file', beat('file', { instances: [{ ...said, url: 'file:///etc/passwd' }] }));
  await put(log, 'odd', beat('odd', { instances: 'none' }));
  await put(log, 'orders/of-an-earlier-version', '{"view":"orders"}');
  await put(log, 'left', null);
  await put(log, null, 'nothing');
  const only = peer(log);
  only.discovery.announce(shop('mine'));
  expect(await only.discovery.settled(WAIT_MS)).toBe(true);
  expect(only.ids()).toBe('mine');
  await put(log, 'dead', beat('dead', { beat: 8 }));
  await only.sees('dead,mine');
  // of a version that does not say it
  expect((await only.one('dead')).pid).toBeNull();
  await only.sees('mine');
});

test('nothing is read or said before somebody announces or asks', async () => {
  const log = await withTopic(memoryLog());
  const idle = peer(log);
  const busy = peer(log);
  busy.discovery.announce(shop('a'));
  await busy.sees('a');
  const reader = await log.read({ topics: ['instances'], from: () => 0 });
  const records = await reader.poll({ maxRecords: 10_000, waitMs: 0 });
  expect(new Set(records.map(({ key }) => key)).size).toBe(1);
  expect(await idle.discovery.settled(WAIT_MS)).toBe(true);
  expect(idle.ids()).toBe('a');
});

test('it waits for its topic without a warning, and begins when that is there', async () => {
  const log = memoryLog();
  const early = peer(log);
  early.discovery.announce(shop('a'));
  await until('it to say what it waits for', () => early.discovery.readiness().includes('no topic'));
  expect(await early.discovery.settled(50)).toBe(false);
  const settling = early.discovery.settled(WAIT_MS);
  await withTopic(log);
  expect(await settling).toBe(true);
  await early.sees('a');
  expect(early.warnings()).toEqual([]);
});

test('a process that is long dead is cleared from the log by one of the living', async () => {
  const log = await withTopic(memoryLog());
  const options = { forgetAfterMs: TIMEOUT_MS };
  const [dead, ...living] = [peer(log, options), peer(log, options), peer(log, options)] as const;
  dead.discovery.announce(shop('dead'));
  for (const [at, each] of living.entries()) each.discovery.announce(shop(`live-${at}`));
  await living[0].sees('dead,live-0,live-1');
  dead.isCut = true;
  const reader = await log.read({ topics: ['instances'], from: () => 0 });
  const tombstones: unknown[] = [];
  let died: unknown = null;
  await until('its key to be cleared', async () => {
    for (const { key, value } of await reader.poll({ maxRecords: 1_000, waitMs: 0 })) {
      if (value === null) tombstones.push(key);
      else if (String(value).includes('"instanceId":"dead"')) died = key;
    }
    return tombstones.length > 0;
  });
  expect(tombstones).toEqual([died]);
  expect(living.map((each) => each.ids())).toEqual(['live-0,live-1', 'live-0,live-1']);
});

test('a listener that throws stops neither the others nor the heartbeats', async () => {
  const [one, other] = await two();
  other.discovery.onChange(() => {
    throw new Error('a defect');
  });
  let heard = 0;
  other.discovery.onChange(() => heard++);
  one.discovery.announce(shop('a'));
  await other.sees('a');
  expect(heard).toBeGreaterThan(0);
  other.discovery.announce(shop('b'));
  await one.sees('a,b');
});

test('the live instances of each service are counted for Prometheus', async () => {
  const log = await withTopic(memoryLog());
  const metrics = new Registry();
  const [one, other] = [peer(log), peer(log, { metrics })];
  one.discovery.announce(shop('a'));
  one.discovery.announce(shop('b'));
  await other.sees('a,b');
  expect(await metrics.metrics()).toContain('discovery_instances{service="shop"} 2');
});

test('names, addresses and times that can not work are refused at once', async () => {
  const log = await withTopic(memoryLog());
  const { discovery } = peer(log);
  expect(() => discovery.announce({ ...shop('a'), service: 'a/b' })).toThrow("can't be announced");
  expect(() => discovery.announce({ ...shop('a'), url: 'here' })).toThrow('no address');
  const logger = createLogger({ logLevel: 'silent', logFormat: 'json' });
  const short = { transport: log, logger, heartbeatMs: 100, timeoutMs: 200 };
  expect(() => openDiscovery(short)).toThrow('too short');
});

test('closing, also with the log away, ends; whoever waits to be settled is told', async () => {
  const away = peer(memoryLog());
  away.isCut = true;
  away.discovery.announce(shop('a'));
  const settling = away.discovery.settled(WAIT_MS);
  await away.discovery.close();
  expect(await settling).toBe(false);
});
