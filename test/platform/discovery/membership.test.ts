import { expect, test } from 'bun:test';
import type { Beat } from '../../../services/platform/discovery/beat.ts';
import { Membership } from '../../../services/platform/discovery/membership.ts';

const TIMEOUT_MS = 1_000;
const FORGET_MS = 60_000;

/** A membership as `me` keeps it, on a clock that the test moves; `me` hears itself unless it is deaf. */
class Bench {
  readonly membership: Membership = new Membership('me', TIMEOUT_MS);
  nowMs = 0;
  #beat = 0;

  hear(process: string, changes: Partial<Beat> = {}): boolean {
    const said = { process, version: '1', operationsUrl: null, instances: [] };
    return this.membership.hear({ process, beat: { ...said, beat: ++this.#beat, ...changes } }, this.nowMs);
  }

  leave(process: string): boolean {
    return this.membership.hear({ process, beat: null }, this.nowMs);
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
    return this.membership.live().map(({ process }) => process);
  }

  takeForgotten(): readonly string[] {
    return this.membership.takeForgotten(FORGET_MS, this.nowMs);
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

test('a heartbeat is news where it says something else, not where it only counts on', () => {
  const bench = new Bench();
  const instance = { service: 's', instanceId: 'i', url: null, startedAt: 'once', health: 'ready', data: {} };
  bench.hear('a');
  expect(bench.hear('a')).toBe(false);
  expect(bench.hear('a', { operationsUrl: 'http://elsewhere' })).toBe(true);
  expect(bench.hear('a', { instances: [instance] })).toBe(true);
  expect(bench.hear('a', { instances: [{ ...instance, data: {} }] })).toBe(false);
  expect(bench.hear('a', { instances: [{ ...instance, health: 'disk full' }] })).toBe(true);
  expect(bench.hear('a', { instances: [{ ...instance, health: 'disk full', data: { x: [1] } }] })).toBe(true);
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

test('one that is long dead is cleared away, once, by the first of the living', () => {
  const bench = new Bench();
  for (const each of ['me', 'dead', 'left', 'zoe']) bench.hear(each);
  bench.leave('left');
  bench.pass(TIMEOUT_MS, 'me', 'zoe');
  bench.pass(FORGET_MS - 100, 'me', 'zoe');
  expect(bench.takeForgotten()).toEqual([]);
  bench.pass(100, 'me', 'zoe', 'alf');
  expect(bench.takeForgotten()).toEqual([]); // `alf` comes before `me`
  bench.leave('alf');
  expect(bench.takeForgotten()).toEqual(['dead']);
  expect(bench.takeForgotten()).toEqual([]);
});

test('one that was taken for dead and beats again is not cleared away', () => {
  const bench = new Bench();
  for (const each of ['me', 'late']) bench.hear(each);
  bench.pass(TIMEOUT_MS, 'me');
  expect(bench.live()).toEqual(['me']);
  bench.hear('late');
  bench.pass(FORGET_MS, 'me', 'late');
  expect(bench.takeForgotten()).toEqual([]);
});

test('who is deaf clears nobody away', () => {
  const bench = new Bench();
  for (const each of ['me', 'dead']) bench.hear(each);
  bench.pass(TIMEOUT_MS, 'me');
  bench.pass(FORGET_MS);
  expect(bench.takeForgotten()).toEqual([]);
  bench.hear('me');
  expect(bench.takeForgotten()).toEqual(['dead']);
});
