import { TransportError } from '../../../core/messages/transport.ts';
import { WaitingList } from '../../../core/view/waiting.ts';
import { assert, test } from '../../harness.ts';

/** A list of at most three, with a clock that the test moves. */
class Bench {
  nowMs = 0;
  readonly timers: Map<object, { atMs: number; fire: () => void }> = new Map();
  readonly list: WaitingList = new WaitingList({
    max: 3,
    startTimer: (ms, fire) => {
      const id = {};
      this.timers.set(id, { atMs: this.nowMs + ms, fire });
      return () => this.timers.delete(id);
    },
  });
  readonly shown: Map<string, string> = new Map();
  readonly probed: string[] = [];

  wait(key: string, timeoutMs = 100): { value: Promise<string | undefined>; cancel(): void } {
    const probe = (): string | undefined => {
      this.probed.push(key);
      return this.shown.get(key);
    };
    return this.list.begin(key, probe, timeoutMs);
  }

  pass(ms: number): void {
    this.nowMs += ms;
    for (const [id, { atMs, fire }] of [...this.timers]) {
      if (atMs > this.nowMs || !this.timers.delete(id)) continue;
      fire();
    }
  }
}

test('what is there already is given at once, and nobody waits', async () => {
  const bench = new Bench();
  bench.shown.set('a', 'here');
  assert.equal(await bench.wait('a').value, 'here');
  assert.equal(bench.list.size, 0);
  assert.equal(bench.timers.size, 0);
});

test('without a time it only probes', async () => {
  const bench = new Bench();
  assert.equal(await bench.wait('a', 0).value, undefined);
  assert.deepEqual([bench.probed, bench.list.size], [['a'], 0]);
});

test('any number that wait for a key are answered when it is touched; others are not even probed', async () => {
  const bench = new Bench();
  const waits = [bench.wait('a'), bench.wait('a'), bench.wait('b')];
  bench.probed.length = 0;
  bench.shown.set('a', 'here');
  bench.list.touch(['a', 'a', 'unknown']);
  assert.equal(await waits[0]?.value, 'here');
  assert.equal(await waits[1]?.value, 'here');
  assert.deepEqual(bench.probed, ['a', 'a']);
  assert.deepEqual([bench.list.size, bench.timers.size], [1, 1]);
});

test('a key that is touched too early keeps its readers waiting, until their time is over', async () => {
  const bench = new Bench();
  const wait = bench.wait('a', 100);
  bench.list.touch(['a']);
  bench.pass(99);
  assert.equal(bench.list.size, 1);
  bench.pass(1);
  assert.equal(await wait.value, undefined);
  assert.equal(bench.list.size, 0);
});

test('all keys, or those that are chosen, can be touched at once', async () => {
  const bench = new Bench();
  const waits = [bench.wait('a1'), bench.wait('a2'), bench.wait('b')];
  for (const key of ['a1', 'a2', 'b']) bench.shown.set(key, key);
  bench.list.touchWhere((key) => key.startsWith('a'));
  assert.equal(bench.list.size, 1);
  bench.list.touchWhere();
  assert.deepEqual(await Promise.all(waits.map(({ value }) => value)), ['a1', 'a2', 'b']);
});

test('more than the limit are refused, over all keys, and there is room again when one ends', async () => {
  const bench = new Bench();
  const waits = ['a', 'b', 'b'].map((key) => bench.wait(key));
  assert.throws(
    () => bench.wait('c'),
    (error: unknown) => error instanceof TransportError && error.code === 'unavailable' && error.canRetry,
  );
  bench.shown.set('d', 'here');
  assert.equal(await bench.wait('d').value, 'here'); // who need not wait is not refused
  waits[1]?.cancel();
  assert.equal(await waits[1]?.value, undefined);
  assert.equal(bench.list.size, 2);
  bench.wait('c');
  assert.throws(() => bench.wait('c'));
});

test('a probe that throws ends its own wait, nobody else’s', async () => {
  const bench = new Bench();
  let isBroken = false;
  const broken = bench.list.begin(
    'a',
    () => {
      if (isBroken) throw new Error('a defect');
      return undefined;
    },
    100,
  );
  const sound = bench.wait('a');
  isBroken = true;
  bench.shown.set('a', 'here');
  bench.list.touch(['a']);
  await assert.rejects(broken.value, /a defect/);
  assert.equal(await sound.value, 'here');
  assert.deepEqual([bench.list.size, bench.timers.size], [0, 0]);
});

test('closing ends every wait, and lets no other begin', async () => {
  const bench = new Bench();
  const waits = [bench.wait('a'), bench.wait('b')];
  bench.list.close();
  assert.deepEqual(await Promise.all(waits.map(({ value }) => value)), [undefined, undefined]);
  assert.equal(await bench.wait('c').value, undefined);
  assert.deepEqual([bench.list.size, bench.timers.size], [0, 0]);
});
