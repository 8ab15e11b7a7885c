import { afterEach, expect, test } from 'bun:test';
import { until } from '../../support/until.ts';
import { type Instance, keys, Spread, settled, TIMEOUT_MS } from './spread.ts';

const WAIT_MS = 20_000;
/** A time-out that no test lives to see: what happens happens without it. */
const NEVER_MS = 600_000;
const spreads: Spread[] = [];

afterEach(async () => {
  for (const spread of spreads.splice(0)) await spread.close();
});

async function make(
  count: number,
  options: Parameters<Spread['startAll']>[1] = {},
): Promise<[Spread, Instance[]]> {
  const spread = await Spread.make();
  spreads.push(spread);
  return [spread, await spread.startAll(count, options)];
}

/** The instance that owns the key, and the others. */
function partedBy(key: string, instances: readonly Instance[]): [Instance, Instance[]] {
  const owner = instances.find(({ view }) => view.locate(key).kind === 'local');
  if (owner === undefined) throw new Error('nobody owns the key');
  return [owner, instances.filter((each) => each !== owner)];
}

test('an owner dies while readers wait for it: a standby answers them, although nobody takes the owner for dead', async () => {
  const [spread, instances] = await make(3, { instanceTimeoutMs: NEVER_MS });
  const [owner, others] = partedBy('the key', instances);
  const waiting = others.flatMap((each) => Array.from({ length: 10 }, () => each.get('the key', WAIT_MS)));
  await until('the readers to come to the owner', () => owner.waitedOn === 20);
  await owner.kill();
  await spread.publish([['the key', 'after all']]);
  for (const { status, value, servedBy } of await Promise.all(waiting)) {
    expect([status, value]).toEqual([200, 'after all']);
    expect(servedBy).not.toBe(owner.url);
  }
});

test('the first standby is who takes over, with the copy that it has: nothing is read anew', async () => {
  const [spread, instances] = await make(3);
  const all = keys(60);
  await spread.publish(all.map((key) => [key, 'x']));
  await until('owners and standbys to have all', () =>
    all.every((key) => instances.filter((each) => each.value(key) === 'x').length >= 2),
  );
  const [dead, ...others] = instances;
  if (dead === undefined) throw new Error('no instance');
  const lost = dead.owned();
  const standing = dead.view.instances();
  const heirs = lost.map((partition) => standing.find(({ standby }) => standby.includes(partition))?.url);
  const readsBefore = new Map(others.map(({ line }) => [line, line.reads.length]));
  await dead.kill();
  await settled(others);
  await spread.publish(all.map((key) => [key, 'y']));
  await until('all that comes then to be read', () =>
    all.every((key) => others.every((each) => each.value(key) === 'y')),
  );
  for (const [at, partition] of lost.entries()) {
    const heir = others.find((each) => each.owned().includes(partition));
    expect(heir?.url).toBe(heirs[at] ?? '');
    // it has the copy already: what it read since, it read from there on
    const since = heir?.line.reads.slice(readsBefore.get(heir.line)) ?? [];
    const begun = since.map(({ partitions, from }) => from[partitions?.indexOf(partition) ?? -1]);
    for (const from of begun) if (from !== undefined) expect(from).toBeGreaterThan(0);
  }
});

test('an owner that freezes is passed over once it was silent for the time-out', async () => {
  const [spread, instances] = await make(2);
  const [owner, [other]] = partedBy('the key', instances);
  if (other === undefined) throw new Error('no other');
  const waiting = other.get('the key', WAIT_MS);
  await until('the reader to come to the owner', () => owner.waitedOn === 1);
  owner.isFrozen = true; // what comes from now on gets no answer
  owner.line.isCut = true;
  const askedLater = other.get('the key', WAIT_MS);
  const frozeAt = performance.now();
  await spread.publish([['the key', 'after all']]);
  for (const { status, servedBy } of await Promise.all([waiting, askedLater]))
    expect([status, servedBy]).toEqual([200, other.url]);
  expect(performance.now() - frozeAt).toBeGreaterThan(TIMEOUT_MS / 2);
  owner.isFrozen = false;
});

test('without standbys the new owner reads the partition, and the readers wait for it', async () => {
  const [spread, instances] = await make(2, { standbyReplicas: 0 });
  const [owner, [other]] = partedBy('old', instances);
  await spread.publish([['old', 'from before']]);
  await until('the owner to have it', () => owner.value('old') !== undefined);
  if (other === undefined) throw new Error('no other');
  await owner.kill();
  expect(await other.get('old', WAIT_MS)).toEqual({ status: 200, value: 'from before', servedBy: other.url });
});

test('an instance that stops hands over at once, and what waited there is asked elsewhere', async () => {
  const [spread, instances] = await make(3, { instanceTimeoutMs: NEVER_MS });
  const [owner, others] = partedBy('the key', instances);
  const waiting = others.map((each) => each.get('the key', WAIT_MS));
  await until('the readers to come to the owner', () => owner.waitedOn === 2);
  const there = owner.get('the key', WAIT_MS);
  await until('a reader at the owner', () => owner.answering === 3);
  await owner.view.close();
  expect((await there).status).toBe(503); // its own client is told to ask again
  await settled(others);
  await spread.publish([['the key', 'handed over']]);
  for (const { status, servedBy } of await Promise.all(waiting)) {
    expect(status).toBe(200);
    expect(servedBy).not.toBe(owner.url);
  }
});

test('an instance that is new takes its share; until it has caught up, who had it before answers', async () => {
  const spread = await Spread.make();
  spreads.push(spread);
  const all = keys(50);
  await spread.publish(all.map((key) => [key, 'x']));
  const [first] = await spread.startAll(1);
  if (first === undefined) throw new Error('no instance');
  let isStuck = true;
  const second = await spread.start({
    apply: () => {
      if (isStuck) throw Object.assign(new Error('disk full'), { code: 'SQLITE_FULL' });
    },
  });
  await until('the second to have its share', () => second.owned().length > 0 && first.owned().length === 3);
  for (const instance of [first, second]) {
    for (const key of all)
      expect(await instance.get(key, WAIT_MS)).toEqual({ status: 200, value: 'x', servedBy: first.url });
  }
  isStuck = false;
});

test('a read that waits where its partition is taken from goes to who has it then', async () => {
  const [spread, [first]] = await make(1, { standbyReplicas: 0 });
  if (first === undefined) throw new Error('no instance');
  const waiting = keys(30).map(async (key) => [key, await first.query(key, WAIT_MS)] as const);
  const second = await spread.start({ standbyReplicas: 0 });
  await settled([first, second]);
  await spread.publish(keys(30).map((key) => [key, 'x']));
  const answers = await Promise.all(waiting);
  expect(answers.every(([, answer]) => answer?.value === 'x')).toBe(true);
  expect(new Set(answers.map(([, answer]) => answer?.servedBy))).toEqual(new Set([first.url, second.url]));
});

test('reads go on while instances come and go, and none ends before its limit without its value', async () => {
  const spread = await Spread.make();
  spreads.push(spread);
  const all = keys(40);
  await spread.publish(all.map((key) => [key, key]));
  const stable = await spread.startAll(1);
  let isOver = false;
  const wrong: unknown[] = [];
  let reads = 0;
  const reading = Array.from({ length: 4 }, async (_, reader) => {
    for (let at = reader; !isOver; at++) {
      const key = all[at % all.length] ?? '';
      for (const instance of stable) {
        const answer = await instance.get(key, WAIT_MS);
        if (answer.status !== 200 || answer.value !== key) wrong.push(answer);
        reads++;
      }
      await Bun.sleep(1);
    }
  });
  const second = await spread.start();
  await settled([...stable, second]);
  const third = await spread.start({ standbyReplicas: 1 });
  await settled([...stable, second, third]);
  await second.kill();
  await settled([...stable, third]);
  await third.stop();
  await settled(stable);
  isOver = true;
  await Promise.all(reading);
  expect(wrong).toEqual([]);
  expect(reads).toBeGreaterThan(100);
});

test('while the log is away nobody is taken for dead, and what is here is still read', async () => {
  const [spread, instances] = await make(2);
  const [owner, [other]] = partedBy('the key', instances);
  await spread.publish([['the key', 'x']]);
  await until('the owner to have it', () => owner.value('the key') !== undefined);
  const before = owner.view.instances();
  for (const { line } of instances) line.isCut = true;
  await until('them to notice', () => instances.every(({ view }) => view.readiness() === 'the line is cut'));
  const overAt = performance.now() + 2 * TIMEOUT_MS;
  await until('more than the time-out', () => performance.now() > overAt);
  for (const { view } of instances) expect(view.instances()).toEqual(before);
  expect((await other?.get('the key', WAIT_MS))?.value).toBe('x');
  for (const { line } of instances) line.isCut = false;
  await settled(instances);
  expect(owner.view.instances()).toEqual(before);
});
