import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import type { OutgoingRecord } from '../../../core/mod.ts';
import { type Embedded, openEmbedded } from '../../../services/platform/transport/embedded/open.ts';
import { eventually } from '../../contracts/support.ts';
import { freezeOutsideWrites } from '../../support/freeze.ts';
import { contents, countOf, type Fixture, Stage } from './support.ts';

const PARTITIONS = 4;

function numbers(from: number, to: number): OutgoingRecord[] {
  return Array.from({ length: to - from }, (_, index) => {
    const value = String(from + index);
    return { topic: 'in', partition: (from + index) % PARTITIONS, key: value, value };
  });
}

/** The partitions that a relay owns, from what it said. */
function owned(relay: Fixture): number[] {
  const partitions = new Set<number>();
  for (const line of relay.said) {
    const { what, partitions: named } = JSON.parse(line) as { what: string; partitions: number[] };
    for (const partition of named)
      what === 'gained' ? partitions.add(partition) : partitions.delete(partition);
  }
  return [...partitions].sort();
}

describe('several processes on one data directory', () => {
  let stage: Stage;
  let embedded: Embedded;
  beforeEach(async () => {
    stage = new Stage();
    embedded = stage.open();
    await embedded.transport.createTopics([
      { name: 'in', partitions: PARTITIONS },
      { name: 'out', partitions: PARTITIONS },
    ]);
  });
  afterEach(() => stage.clear());

  /** Every number up to `count` is in `out` once, in order, with its job: nothing lost, nothing done twice. */
  async function expectRelayedOnce(count: number): Promise<void> {
    const { transport, jobStore } = embedded;
    await eventually('all is relayed', async () => (await countOf(transport, 'out')) >= count);
    const relayed = (await contents(transport, 'out')).map(({ value }) => Number(value));
    expect(relayed.toSorted((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, index) => index));
    expect((await jobStore.load(relayed.map(String))).size).toBe(count);
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const mine = relayed.filter((value) => value % PARTITIONS === partition);
      expect(mine).toEqual(mine.toSorted((a, b) => a - b));
    }
  }

  test('a member killed with -9 loses its partitions; nothing is lost or delivered again after commit', async () => {
    const relays = [stage.start('relay.ts'), stage.start('relay.ts')] as const;
    await eventually('both own two', () => relays.every((relay) => owned(relay).length === 2));
    await embedded.transport.publish(numbers(0, 3_000));
    await eventually('it is under way', async () => (await countOf(embedded.transport, 'out')) > 300);
    relays[0].kill('SIGKILL');
    const killedAt = performance.now();
    await eventually('the other owns all', () => owned(relays[1]).length === PARTITIONS);
    expect(performance.now() - killedAt).toBeLessThan(3_000);
    await embedded.transport.publish(numbers(3_000, 3_500));
    await expectRelayedOnce(3_500);
  });

  test('every member killed with -9, time and again: each record takes effect once', async () => {
    let published = 0;
    for (let round = 0; round < 4; round++) {
      const relays = [stage.start('relay.ts'), stage.start('relay.ts')];
      const before = await countOf(embedded.transport, 'out');
      await embedded.transport.publish(numbers(published, published + 500));
      published += 500;
      await eventually('it goes on', async () => (await countOf(embedded.transport, 'out')) > before + 50);
      for (const relay of relays) relay.kill('SIGKILL');
      await Promise.all(relays.map((relay) => relay.exited));
    }
    stage.start('relay.ts');
    await expectRelayedOnce(published);
  });

  test('a stopped member is fenced when it goes on, and joins again by itself', async () => {
    const stopped = stage.start('relay.ts', '100', '1000', '300');
    await eventually('it owns all', () => owned(stopped).length === PARTITIONS);
    await embedded.transport.publish(numbers(0, 200));
    await eventually('it has begun', async () => (await countOf(embedded.transport, 'out')) > 0);
    await freezeOutsideWrites(stage.directory, stopped.kill);
    const other = stage.start('relay.ts');
    await eventually('the other owns all', () => owned(other).length === PARTITIONS);
    await eventually('the other did the rest', async () => (await countOf(embedded.transport, 'out')) >= 200);
    stopped.kill('SIGCONT');
    await eventually('they share again', () => owned(stopped).length === 2 && owned(other).length === 2);
    expect(stopped.said.map((line) => JSON.parse(line).what)).toContain('lost');
    await embedded.transport.publish(numbers(200, 400));
    await expectRelayedOnce(400);
  });

  test('publishers killed with -9 leave only whole units, in order', async () => {
    const publishers = ['a', 'b', 'c'].map((name) => stage.start('publisher.ts', name));
    await eventually('all publish', async () => {
      const seen = new Set(
        (await contents(embedded.transport, 'in')).map(({ value }) => String(value).charAt(0)),
      );
      return seen.size === 3;
    });
    for (const publisher of publishers) {
      const before = await countOf(embedded.transport, 'in');
      await eventually('more', async () => (await countOf(embedded.transport, 'in')) > before + 200);
      publisher.kill('SIGKILL');
      await publisher.exited;
    }
    const found = (await contents(embedded.transport, 'in')).map(({ value }) => String(value));
    const units = new Map<string, number>();
    for (const value of found)
      units.set(value.split('/')[0] as string, (units.get(value.split('/')[0] as string) ?? 0) + 1);
    expect([...units.values()].filter((size) => size !== 10)).toEqual([]);
    for (const name of ['a', 'b', 'c']) {
      const first = found.filter((value) => value.startsWith(`${name}-`) && value.endsWith('/0'));
      expect(first).toEqual(first.map((_, unit) => `${name}-${unit}/0`));
    }
  });

  test('what one process publishes wakes another by the bell alone', async () => {
    const listening = new Stage();
    const { transport } = listening.open({ fallbackPollMs: 3_600_000 });
    await transport.createTopics([{ name: 'in', partitions: PARTITIONS }]);
    const reader = await transport.read({ topics: ['in'], from: () => 0 });
    const polled = reader.poll({ maxRecords: 1, waitMs: 10_000 });
    listening.start('publisher.ts', 'a');
    expect((await polled).length).toBe(1);
    await listening.clear();
  });

  test('many processes may open a new directory at once, time and again', async () => {
    const [processes, directories] = [5, 25];
    const fresh = new Stage();
    const words = [directories, Date.now() + 500, 60].map(String);
    const openers = Array.from({ length: processes }, () => fresh.start('opener.ts', ...words));
    expect(await Promise.all(openers.map((opener) => opener.exited))).toEqual(openers.map(() => 0));
    for (let index = 0; index < directories; index++) {
      const opened = openEmbedded(join(fresh.directory, String(index)));
      expect(await countOf(opened.transport, 'in')).toBe(processes);
      await opened.close();
    }
    await fresh.clear();
  });
});
