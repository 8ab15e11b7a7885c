import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import type { Consumer, IncomingRecord, Transport } from '../../core/mod.ts';
import { eventually, failure, record, settle, type TransportUnderTest, take, values } from './support.ts';
import { after } from './transport-groups.ts';

/** Several members: sharing, hand-over, fencing. */
export function membershipContract(open: () => Promise<TransportUnderTest>): void {
  describe('a group of several', () => {
    let log: TransportUnderTest;
    let transport: Transport;
    const told: string[] = [];
    const join = (name: string, on: Transport = transport): Promise<Consumer> =>
      on.join({
        group: 'billing',
        topics: ['queue', 'answers'],
        onGained: (partitions) => told.push(...partitions.map((partition) => `${name}+${partition}`)),
        onLost: (partitions) => told.push(...partitions.map((partition) => `${name}-${partition}`)),
      });
    beforeEach(async () => {
      told.length = 0;
      log = await open();
      transport = log.transport;
      await transport.createTopics([
        { name: 'queue', partitions: 4 },
        { name: 'answers', partitions: 4 },
      ]);
    });
    afterEach(() => log.close());

    test('each partition belongs to one member, the same for every topic', async () => {
      const members = [await join('a'), await join('b', await log.connect()), await join('c')];
      await eventually('all partitions shared', async () => {
        for (const member of members) await member.poll({ maxRecords: 1, waitMs: 0 });
        const counts = members.map((member) => member.partitions().length);
        // the first one may have all of them before the others are in
        return counts.every((count) => count > 0) && counts.reduce((sum, count) => sum + count) === 4;
      });
      await settle(
        members,
        members.map((member) => member.partitions().length),
      );
      const owned = members.flatMap((member) => member.partitions());
      expect([...owned].sort()).toEqual([0, 1, 2, 3]);
      const topics = ['queue', 'answers'];
      await transport.publish(
        topics.flatMap((topic) => [0, 1, 2, 3].map((p) => record(topic, p, `${topic}${p}`))),
      );
      for (const member of members) {
        const mine = await take(member, member.partitions().length * 2);
        const expected = member.partitions().flatMap((p) => [`queue${p}`, `answers${p}`]);
        expect(values(mine).sort()).toEqual(expected.sort());
      }
    });

    test('partitions are balanced as members come and go', async () => {
      const a = await join('a');
      await settle([a], [4]);
      const b = await join('b', await log.connect());
      await settle([a, b], [2, 2]);
      await b.close();
      await settle([a], [4]);
    });

    test('the old owner finishes its batch before it hands over', async () => {
      await transport.publish([0, 1, 2, 3].map((partition) => record('queue', partition, `${partition}`)));
      const a = await join('a');
      const batch = await take(a, 4);
      const b = await join('b', await log.connect());
      expect(await b.poll({ maxRecords: 10, waitMs: 20 })).toEqual([]);
      await a.commit({ records: [], offsets: batch.map(after) });
      await settle([a, b], [2, 2]);
      expect(await b.poll({ maxRecords: 10, waitMs: 20 })).toEqual([]);
    });

    test('the new owner goes on where the old one committed', async () => {
      await transport.publish(['1', '2', '3'].map((value) => record('queue', 0, value)));
      const a = await join('a');
      const [first] = await take(a, 3);
      await a.commit({ records: [], offsets: [after(first as IncomingRecord)] });
      await a.close();
      expect(values(await take(await join('b', await log.connect()), 2))).toEqual(['2', '3']);
    });

    test('gains and losses are told, and what is lost has no position', async () => {
      const a = await join('a');
      await settle([a], [4]);
      const b = await join('b');
      await settle([a, b], [2, 2]);
      const lost = [0, 1, 2, 3].filter((partition) => !a.partitions().includes(partition));
      const gainedByA = [0, 1, 2, 3].map((p) => `a+${p}`);
      expect([...told].sort()).toEqual(
        [...gainedByA, ...lost.map((p) => `a-${p}`), ...lost.map((p) => `b+${p}`)].sort(),
      );
      expect(() => a.position('queue', lost[0] as number)).toThrow();
    });

    test('a waiting poll takes over what another member leaves', async () => {
      const a = await join('a');
      await settle([a], [4]);
      const b = await join('b', await log.connect());
      await settle([a, b], [2, 2]);
      await transport.publish([0, 1, 2, 3].map((partition) => record('queue', partition, `${partition}`)));
      const mine = await take(b, 2);
      await b.commit({ records: [], offsets: mine.map(after) });
      const polled = b.poll({ maxRecords: 10, waitMs: 10_000 });
      await a.close();
      expect((await polled).length).toBeGreaterThan(0);
    });

    test('who is taken for dead can no longer commit: nothing of its unit is done', async () => {
      await transport.publish([record('queue', 0, 'work')]);
      const a = await join('a');
      const offsets = (await take(a, 1)).map(after);
      await log.expire(a);
      const b = await join('b', await log.connect());
      const [again] = await take(b, 1);
      expect(again?.value).toBe('work');
      expect(await failure(a.commit({ records: [record('answers', 0, 'zombie')], offsets }))).toBe('fenced');
      const zombies = (await transport.endOffsets('answers'))[0] as number;
      if (log.atomic) expect(zombies).toBe(0);
      await b.commit({ records: [record('answers', 0, 'true')], offsets: [after(again as IncomingRecord)] });
      const reader = await transport.read({ topics: ['answers'], from: () => 0 });
      const written = values(await take(reader, zombies + 1));
      expect(written).toEqual([...Array.from({ length: zombies }, () => 'zombie'), 'true']);
    });

    test('who is taken for dead can not even commit a tick that names an offset it has', async () => {
      const a = await join('a');
      await settle([a], [4]);
      await log.expire(a);
      const offsets = [{ topic: 'answers', partition: 0, offset: 0 }];
      const tick = a.commit({ records: [record('answers', 0, 'zombie')], offsets });
      expect(await failure(tick)).toBe('fenced');
      if (!log.atomic) return;
      const bare = a.commit({ records: [record('answers', 0, 'zombie')], offsets: [] });
      expect(await failure(bare)).toBe('fenced');
    });

    test('who was taken for dead joins again by itself, told of loss before gain', async () => {
      const a = await join('a');
      await settle([a], [4]);
      told.length = 0;
      await log.expire(a);
      await eventually('a to have noticed', async () => {
        await a.poll({ maxRecords: 1, waitMs: 0 });
        return told.length >= 8;
      });
      expect(told).toEqual([...[0, 1, 2, 3].map((p) => `a-${p}`), ...[0, 1, 2, 3].map((p) => `a+${p}`)]);
    });

    test('after a fence, poll goes on from what is committed', async () => {
      await transport.publish(['1', '2'].map((value) => record('queue', 0, value)));
      const a = await join('a');
      const [first, second] = (await take(a, 2)) as [IncomingRecord, IncomingRecord];
      await a.commit({ records: [], offsets: [after(first)] });
      await log.expire(a);
      expect(await failure(a.commit({ records: [], offsets: [after(second)] }))).toBe('fenced');
      expect(values(await take(a, 1))).toEqual(['2']);
    });

    test('with more members than partitions, the rest wait, and step in', async () => {
      const members = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => join(name)));
      await eventually('all partitions shared', async () => {
        for (const member of members) await member.poll({ maxRecords: 1, waitMs: 0 });
        // until it hears of it, a member still has what it must give away
        const counts = members.map((member) => member.partitions().length).sort();
        return counts.join() === '0,1,1,1,1';
      });
      const idle = members.find((member) => member.partitions().length === 0) as Consumer;
      const busy = members.filter((member) => member !== idle);
      await busy[0]?.close();
      await settle([...busy.slice(1), idle], [1, 1, 1, 1]);
    });
  });
}
