import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import type { Consumer, IncomingRecord, Position, Transport } from '../../core/mod.ts';
import { failure, record, settle, type TransportUnderTest, take, values } from './support.ts';

/** The offset to commit once the record is dealt with. */
export function after({ topic, partition, offset }: IncomingRecord): Position {
  return { topic, partition, offset: offset + 1 };
}

/** One member: positions, commits, pauses. */
export function groupContract(open: () => Promise<TransportUnderTest>): void {
  describe('a group of one', () => {
    let log: TransportUnderTest;
    let transport: Transport;
    const join = (group = 'billing'): Promise<Consumer> =>
      transport.join({ group, topics: ['queue', 'answers'] });
    beforeEach(async () => {
      log = await open();
      transport = log.transport;
      await transport.createTopics([
        { name: 'queue', partitions: 2 },
        { name: 'answers', partitions: 2 },
      ]);
    });
    afterEach(() => log.close());

    test('begins at the earliest record', async () => {
      await transport.publish([record('queue', 0, 'before')]);
      expect(values(await take(await join(), 1))).toEqual(['before']);
    });

    test('owns every partition, and is told before the first record', async () => {
      await transport.publish([record('queue', 0, 'a')]);
      const gained: number[] = [];
      const consumer = await transport.join({
        group: 'billing',
        topics: ['queue'],
        onGained: (partitions) => gained.push(...partitions),
      });
      await take(consumer, 1);
      expect(gained.sort()).toEqual([0, 1]);
      expect([...consumer.partitions()].sort()).toEqual([0, 1]);
    });

    test('goes on from what was committed', async () => {
      await transport.publish(['a', 'b', 'c'].map((value) => record('queue', 0, value)));
      const first = await join();
      const [a] = await take(first, 3);
      await first.commit({ records: [], offsets: [after(a as IncomingRecord)] });
      await first.close();
      expect(values(await take(await join(), 2))).toEqual(['b', 'c']);
    });

    test('offsets that may wait are committed when the member is closed', async () => {
      await transport.publish(['a', 'b', 'c'].map((value) => record('queue', 0, value)));
      const first = await join();
      const [a, b] = await take(first, 3);
      for (const each of [a, b])
        await first.commit({ records: [], offsets: [after(each as IncomingRecord)], offsetsMayWait: true });
      await first.close();
      expect(values(await take(await join(), 1))).toEqual(['c']);
    });

    test('what was done is not delivered again by rewind, though its offset may wait', async () => {
      await transport.publish(['a', 'b'].map((value) => record('queue', 0, value)));
      const consumer = await join();
      const [a] = await take(consumer, 2);
      const offsets = [after(a as IncomingRecord)];
      await consumer.commit({ records: [record('answers', 1, 'A')], offsets, offsetsMayWait: true });
      await consumer.rewind();
      expect(values(await take(consumer, 2)).sort()).toEqual(['A', 'b']);
    });

    test('groups do not share offsets', async () => {
      await transport.publish([record('queue', 0, 'a')]);
      const one = await join('one');
      await one.commit({ records: [], offsets: (await take(one, 1)).map(after) });
      expect(values(await take(await join('other'), 1))).toEqual(['a']);
    });

    test('position is the next offset to deliver; a commit does not move it', async () => {
      await transport.publish(['a', 'b'].map((value) => record('queue', 1, value)));
      const consumer = await join();
      await take(consumer, 2);
      expect(consumer.position('queue', 1)).toBe(2);
      expect(consumer.position('answers', 1)).toBe(0);
      await consumer.commit({ records: [], offsets: [{ topic: 'queue', partition: 1, offset: 1 }] });
      expect(consumer.position('queue', 1)).toBe(2);
      expect(await consumer.poll({ maxRecords: 10, waitMs: 0 })).toEqual([]);
    });

    test('rewind delivers again what was not committed', async () => {
      await transport.publish(['a', 'b', 'c'].map((value) => record('queue', 0, value)));
      const consumer = await join();
      const [a] = await take(consumer, 3);
      await consumer.commit({ records: [], offsets: [after(a as IncomingRecord)] });
      await consumer.rewind();
      expect(consumer.position('queue', 0)).toBe(1);
      expect(values(await take(consumer, 2))).toEqual(['b', 'c']);
    });

    test('a paused partition gives nothing until it is resumed; others go on', async () => {
      const consumer = await join();
      await settle([consumer], [2]);
      consumer.pause('queue', 0);
      await transport.publish([
        record('queue', 0, 'held'),
        record('answers', 0, 'a'),
        record('queue', 1, 'b'),
      ]);
      expect(values(await take(consumer, 2)).sort()).toEqual(['a', 'b']);
      expect(await consumer.poll({ maxRecords: 10, waitMs: 0 })).toEqual([]);
      await consumer.rewind();
      expect(values(await take(consumer, 2)).sort()).toEqual(['a', 'b']);
      consumer.resume('queue', 0);
      expect(values(await take(consumer, 1))).toEqual(['held']);
    });

    test('commit publishes the records with the offsets', async () => {
      await transport.publish([record('queue', 0, 'question')]);
      const consumer = await join();
      const offsets = (await take(consumer, 1)).map(after);
      await consumer.commit({ records: [record('answers', 0, 'answer')], offsets });
      expect(values(await take(consumer, 1))).toEqual(['answer']);
      await consumer.rewind();
      expect(values(await take(consumer, 1))).toEqual(['answer']);
    });

    test('a commit with a bad record commits no offset', async () => {
      await transport.publish([record('queue', 0, 'a')]);
      const consumer = await join();
      const offsets = (await take(consumer, 1)).map(after);
      const records = [record('answers', 0, 'good'), record('nowhere', 0, 'bad')];
      expect(await failure(consumer.commit({ records, offsets }))).toBe('unknown-topic');
      await consumer.rewind();
      expect(values(await take(consumer, 1))).toEqual(['a']);
      expect(await transport.endOffsets('answers')).toEqual([0, 0]);
    });

    test('a tick commits records without offsets', async () => {
      const consumer = await join();
      await settle([consumer], [2]);
      await consumer.commit({ records: [record('queue', 1, 'timer')], offsets: [] });
      expect(values(await take(consumer, 1))).toEqual(['timer']);
    });

    test('topics of different sizes share partition numbers', async () => {
      await transport.createTopics([{ name: 'wide', partitions: 5 }]);
      await transport.publish([record('wide', 4, 'w'), record('queue', 1, 'q')]);
      const consumer = await transport.join({ group: 'mixed', topics: ['queue', 'wide'] });
      expect(values(await take(consumer, 2)).sort()).toEqual(['q', 'w']);
      expect([...consumer.partitions()].sort()).toEqual([0, 1, 2, 3, 4]);
    });

    test('after close, polls and commits say so', async () => {
      const consumer = await join();
      const polled = consumer.poll({ maxRecords: 1, waitMs: 10_000 });
      await consumer.close();
      expect(await polled).toEqual([]);
      expect(await failure(consumer.poll({ maxRecords: 1, waitMs: 0 }))).toBe('closed');
      expect(await failure(consumer.commit({ records: [], offsets: [] }))).toBe('closed');
      await consumer.close();
    });
  });
}
