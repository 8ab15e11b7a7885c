import { expect, test } from 'bun:test';
import type { Heartbeat } from '../../../services/platform/view/heartbeat.ts';
import { Membership } from '../../../services/platform/view/membership.ts';

const TIMEOUT_MS = 1_000;

/** A membership as `me` keeps it, on a clock that the test moves; `me` hears itself unless it is deaf. */
class Bench {
  readonly membership: Membership = new Membership('me', TIMEOUT_MS);
  nowMs = 0;
  #beat = 0;

  hear(instanceId: string, changes: Partial<Heartbeat> = {}): boolean {
    const said = { view: 'v', instanceId, url: `http://${instanceId}`, startedAt: 'once', partitions: [] };
    const heartbeat = { ...said, beat: ++this.#beat, ...changes };
    return this.membership.hear({ instanceId, heartbeat }, this.nowMs);
  }

  leave(instanceId: string): boolean {
    return this.membership.hear({ instanceId, heartbeat: null }, this.nowMs);
  }

  /** Lets so much time pass, with the heartbeats of these. */
  pass(ms: number, ...beating: string[]): void {
    for (let passed = 0; passed < ms; passed += 100) {
      this.nowMs += 100;
      for (const each of beating) this.hear(each);
      this.membership.expire(this.nowMs);
    }
  }

  live(): string[] {
    return this.membership.live().map(({ instanceId }) => instanceId);
  }
}

test('who beats is alive; who is silent for the time-out is not', () => {
  const bench = new Bench();
  for (const each of ['me', 'a', 'b']) expect(bench.hear(each)).toBe(true);
  bench.pass(TIMEOUT_MS - 100, 'me', 'a');
  expect(bench.live()).toEqual(['a', 'b', 'me']);
  bench.pass(100, 'me', 'a');
  expect(bench.live()).toEqual(['a', 'me']);
  expect(bench.hear('b')).toBe(true);
  expect(bench.live()).toEqual(['a', 'b', 'me']);
});

test('who leaves is gone at once; one’s own leave, of an earlier start, counts for nothing', () => {
  const bench = new Bench();
  for (const each of ['me', 'a']) bench.hear(each);
  expect(bench.leave('a')).toBe(true);
  expect(bench.leave('a')).toBe(false);
  expect(bench.leave('me')).toBe(false);
  expect(bench.live()).toEqual(['me']);
});

test('a heartbeat is news where it tells another address, start or set of partitions, else not', () => {
  const bench = new Bench();
  bench.hear('a');
  expect(bench.hear('a')).toBe(false);
  expect(bench.hear('a', { url: 'http://elsewhere' })).toBe(true);
  expect(bench.hear('a', { url: 'http://elsewhere', startedAt: 'again' })).toBe(true);
  expect(bench.hear('a', { url: 'http://elsewhere', startedAt: 'again', partitions: [1] })).toBe(true);
  expect(bench.hear('a', { url: 'http://elsewhere', startedAt: 'again', partitions: [1] })).toBe(false);
});

test('who does not hear itself takes nobody for dead, and gives all a full time-out when it hears again', () => {
  const bench = new Bench();
  for (const each of ['me', 'a', 'b']) bench.hear(each);
  bench.pass(10 * TIMEOUT_MS);
  expect(bench.live()).toEqual(['a', 'b', 'me']);
  bench.hear('me');
  bench.pass(TIMEOUT_MS - 100, 'me', 'b');
  expect(bench.live()).toEqual(['a', 'b', 'me']);
  bench.pass(100, 'me', 'b');
  expect(bench.live()).toEqual(['b', 'me']);
});

test('no more than a thousand are known at once', () => {
  const bench = new Bench();
  for (let at = 0; at < 1_200; at++) bench.hear(`i-${at}`);
  expect(bench.live()).toHaveLength(1_000);
});
