import { afterEach, expect, test } from 'bun:test';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { MemoryLog, partitionFor } from '../../../core/mod.ts';
import { openDiscovery } from '../../../services/platform/discovery/index.ts';
import { openPartitionedView, removeViewFile } from '../../../services/platform/view/index.ts';
import { until } from '../../support/until.ts';
import { fold, type Instance, keys, PARTITIONS, Spread, settled } from './spread.ts';

const WAIT_MS = 20_000;
const all = keys(60);
const spreads: Spread[] = [];

afterEach(async () => {
  for (const spread of spreads.splice(0)) await spread.close();
});

/** Two instances that have folded all keys. */
async function folded(): Promise<[Spread, Instance, Instance]> {
  const spread = await Spread.make();
  spreads.push(spread);
  await spread.publish(all.map((key) => [key, 'x']));
  const [first, second] = await spread.startAll(2, { standbyReplicas: 0 });
  if (first === undefined || second === undefined) throw new Error('no instances');
  return [spread, first, second];
}

const ends = async (spread: Spread): Promise<readonly number[]> => spread.log.endOffsets('things');

test('a restart keeps its id and its partitions, and reads on from where its file stands', async () => {
  const [spread, first, second] = await folded();
  const { instanceId } = first.view;
  const owned = first.owned();
  const stoodAt = await ends(spread);
  await first.stop();
  await spread.publish(all.map((key) => [key, 'y']));
  const again = await spread.start({ file: first.file, standbyReplicas: 0 });
  await settled([again, second]);
  expect([again.view.instanceId, again.owned()]).toEqual([instanceId, owned]);
  const from = again.line.lastFrom();
  expect(from).toEqual(Object.fromEntries(owned.map((partition) => [partition, stoodAt[partition] ?? 0])));
  for (const key of all) expect((await again.get(key, WAIT_MS)).value).toBe('y');
  const twice = again.view.db.query('SELECT count(*) AS n FROM things WHERE times > 2').get();
  expect(twice).toEqual({ n: 0 });
});

test('an instance that was killed and comes back with its file is the same one, at its new address', async () => {
  const [spread, first, second] = await folded();
  const owned = first.owned();
  await first.kill();
  await first.view.close();
  const again = await spread.start({ file: first.file, standbyReplicas: 0 });
  await settled([again, second]);
  expect(again.owned()).toEqual(owned);
  for (const key of all) expect((await second.get(key, WAIT_MS)).value).toBe('x');
});

test('a copy that is behind is not served before it has caught up, whatever it has', async () => {
  const [spread, first, second] = await folded();
  const owned = all.filter((key) => first.view.locate(key).kind === 'local');
  await first.stop();
  await spread.publish(all.map((key) => [key, 'y']));
  let isStuck = true;
  const again = await spread.start({
    file: first.file,
    standbyReplicas: 0,
    apply: (db, records) => {
      if (isStuck) throw Object.assign(new Error('disk full'), { code: 'SQLITE_FULL' });
      fold.apply(db, records);
    },
  });
  const [key = ''] = owned;
  await until('it to own the key again', () => second.view.locate(key).kind === 'remote');
  await until('it to know', () => again.view.locate(key).kind === 'local');
  expect(again.value(key)).toBe('x');
  for (const instance of [again, second]) {
    expect((await instance.get(key, 100)).status).toBe(504);
    expect(await instance.query(key, 0)).toBeUndefined();
  }
  const waiting = [again, second].map((each) => each.get(key, WAIT_MS));
  isStuck = false;
  for (const { value } of await Promise.all(waiting)) expect(value).toBe('y');
});

test('a read that waits for a copy to catch up is answered then, also where its own key had no news', async () => {
  const [spread, first, second] = await folded();
  const [key = '', ...others] = all.filter((each) => first.view.locate(each).kind === 'local');
  const beside =
    others.find((each) => partitionFor(each, PARTITIONS) === partitionFor(key, PARTITIONS)) ?? '';
  await first.stop();
  await spread.publish([[beside, 'y']]);
  let isStuck = true;
  const again = await spread.start({
    file: first.file,
    standbyReplicas: 0,
    apply: (db, records) => {
      if (isStuck) throw Object.assign(new Error('disk full'), { code: 'SQLITE_FULL' });
      fold.apply(db, records);
    },
  });
  await until('it to own the key again', () => again.view.locate(key).kind === 'local');
  const waiting = again.query(key, WAIT_MS);
  await until('the copy to be behind', () => again.view.readiness() === 'disk full');
  isStuck = false;
  expect((await waiting)?.value).toBe('x');
  await settled([again, second]);
});

test('a partition that comes back is read on from where it was left', async () => {
  const [spread, first, second] = await folded();
  const owned = second.owned();
  await second.stop();
  await settled([first]);
  await spread.publish(all.map((key) => [key, 'y']));
  for (const key of all) await until(key, () => first.value(key) === 'y');
  const stoodAt = await ends(spread);
  const again = await spread.start({ file: second.file, standbyReplicas: 0 });
  await settled([first, again]);
  await spread.publish(all.map((key) => [key, 'z']));
  await again.stop();
  await settled([first]);
  const from = first.line.lastFrom();
  for (const partition of owned) expect(from[partition]).toBe(stoodAt[partition] ?? 0);
  for (const key of all) expect((await first.get(key, WAIT_MS)).value).toBe('z');
});

test('what an instance still has of a partition that is no longer its own is not served', async () => {
  const spread = await Spread.make();
  spreads.push(spread);
  const [first] = await spread.startAll(1, { standbyReplicas: 0 });
  if (first === undefined) throw new Error('no instance');
  await spread.publish(all.map((key) => [key, 'old']));
  for (const key of all) await until(key, () => first.value(key) === 'old');
  const second = await spread.start({ standbyReplicas: 0 });
  await settled([first, second]);
  const moved = all.filter((key) => first.view.locate(key).kind === 'remote');
  expect(moved.length).toBeGreaterThan(0);
  await spread.publish(moved.map((key) => [key, 'new']));
  for (const key of moved) {
    await until(key, () => second.value(key) === 'new');
    expect(first.value(key)).toBe('old');
    expect((await first.get(key, WAIT_MS)).value).toBe('new');
  }
});

const losses: readonly [what: string, lose: (file: string) => void][] = [
  ['deleted', removeViewFile],
  [
    'no database',
    (file) => writeFileSync(file, 'this is no database, but it is long enough to look like one'),
  ],
  ['cut short', (file) => writeFileSync(file, readFileSync(file).subarray(0, 5_000))],
];
for (const [what, lose] of losses) {
  test(`an instance whose file is ${what} rebuilds it from the log`, async () => {
    const [spread, first, second] = await folded();
    await first.stop();
    await settled([second]);
    lose(first.file);
    const again = await spread.start({ file: first.file, standbyReplicas: 0 });
    await settled([again, second]);
    expect(existsSync(first.file)).toBe(true);
    expect(again.owned()).toHaveLength(PARTITIONS / 2);
    for (const partition of again.owned()) expect(again.line.lastFrom()[partition]).toBe(0);
    for (const instance of [again, second])
      for (const key of all) expect((await instance.get(key, WAIT_MS)).value).toBe('x');
  });
}

test('a file of another version is rebuilt, and one of another log too, under the same id', async () => {
  const [spread, first, second] = await folded();
  await first.stop();
  const newer = await spread.start({ file: first.file, version: 2, standbyReplicas: 0 });
  await settled([newer, second]);
  for (const partition of newer.owned()) expect(newer.line.lastFrom()[partition]).toBe(0);
  const { instanceId } = newer.view;
  await newer.stop();
  const other = await Spread.make(new MemoryLog({ sleep: (ms) => Bun.sleep(ms) }));
  spreads.push(other);
  await other.publish([['key-1', 'of the other log']]);
  const there = await other.start({ file: first.file, version: 2 });
  await settled([there]);
  expect(there.view.instanceId).toBe(instanceId);
  expect((await there.get('key-1', WAIT_MS)).value).toBe('of the other log');
  expect(await there.query('key-2', 0)).toBeUndefined();
});

test('an instance that finds no log says what it waits for, and begins when it is there', async () => {
  const spread = await Spread.make();
  spreads.push(spread);
  const empty = new MemoryLog({ sleep: (ms) => Bun.sleep(ms), now: Date.now });
  const instance = await spread.start({ log: empty });
  expect(instance.view.locate('key-1')).toEqual({ kind: 'nobody' });
  expect(await instance.query('key-1', 0)).toBeUndefined();
  await until('it to say so', () => instance.view.readiness().includes('There is no topic'));
  const waiting = instance.get('key-1', WAIT_MS);
  await empty.createTopics(['things', 'instances'].map((name) => ({ name, partitions: PARTITIONS })));
  await settled([instance]);
  const partition = partitionFor('key-1', PARTITIONS);
  await empty.publish([{ topic: 'things', partition, key: 'key-1', value: 'x' }]);
  expect((await waiting).value).toBe('x');
});

test('a name or an address that can not work is refused at once', async () => {
  const spread = await Spread.make();
  const options = {
    ...{ name: 'things', url: 'http://127.0.0.1:1', topics: ['things'], partitions: PARTITIONS, ...fold },
    ...{ transport: spread.log, file: `${spread.directory}/x.db`, standbyReplicas: 0 },
    ...{
      discovery: openDiscovery({ transport: spread.log, logger: console as never }),
      logger: console as never,
    },
  };
  await expect(openPartitionedView({ ...options, name: 'a/b' })).rejects.toThrow('no name for a view');
  await expect(openPartitionedView({ ...options, url: 'here' })).rejects.toThrow('no address');
  expect(existsSync(options.file)).toBe(false);
});
