import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import type { IncomingRecord, OutgoingRecord, Reader, Transport } from '../../core/mod.ts';
import { failure, record, type TransportUnderTest, take, values } from './support.ts';

/** Topics, publishing and reading outside groups. */
export function recordContract(open: () => Promise<TransportUnderTest>): void {
  describe('records', () => {
    let log: TransportUnderTest;
    let transport: Transport;
    const readAll = (topic: string, from = 0): Promise<Reader> =>
      transport.read({ topics: [topic], from: () => from });
    const roundTrip = async (sent: Omit<OutgoingRecord, 'topic' | 'partition'>): Promise<IncomingRecord> => {
      await transport.publish([{ topic: 'events', partition: 0, ...sent }]);
      const [received] = await take(await readAll('events'), 1);
      return received as IncomingRecord;
    };
    beforeEach(async () => {
      log = await open();
      transport = log.transport;
      await transport.createTopics([{ name: 'events', partitions: 4 }]);
    });
    afterEach(() => log.close());

    test('a topic that exists is left as it is', async () => {
      await transport.publish([record('events', 0, 'kept')]);
      await transport.createTopics([{ name: 'events', partitions: 4 }]);
      expect(values(await take(await readAll('events'), 1))).toEqual(['kept']);
    });

    test('a topic with another partition count is a mismatch', async () => {
      const again = transport.createTopics([{ name: 'events', partitions: 5 }]);
      expect(await failure(again)).toBe('topic-mismatch');
    });

    test('an unknown topic is named as such', async () => {
      expect(await failure(transport.publish([record('nowhere', 0, 'x')]))).toBe('unknown-topic');
      expect(await failure(transport.endOffsets('nowhere'))).toBe('unknown-topic');
      expect(await failure(readAll('nowhere'))).toBe('unknown-topic');
      expect(await failure(transport.join({ group: 'g', topics: ['nowhere'] }))).toBe('unknown-topic');
    });

    test('an unknown partition publishes nothing of the call', async () => {
      const published = transport.publish([record('events', 0, 'good'), record('events', 4, 'bad')]);
      expect(await failure(published)).toBe('unknown-topic');
      expect(await transport.endOffsets('events')).toEqual([0, 0, 0, 0]);
    });

    test('keeps the order within each partition, over calls and within one', async () => {
      const sent = Array.from({ length: 300 }, (_, n) => record('events', n % 4, String(n)));
      await transport.publish(sent.slice(0, 100));
      await Promise.all(sent.slice(100).map((each) => transport.publish([each])));
      const received = await take(await readAll('events'), 300);
      for (const partition of [0, 1, 2, 3]) {
        const mine = received.filter((each) => each.partition === partition);
        expect(values(mine)).toEqual(
          sent.filter((each) => each.partition === partition).map(({ key }) => key),
        );
        expect(mine.map(({ offset }) => offset)).toEqual(mine.map((_, index) => index));
      }
    });

    test("a reader's position comes to the end offset", async () => {
      await transport.publish(['a', 'b'].map((value) => record('events', 1, value)));
      const reader = await readAll('events');
      await take(reader, 2);
      expect([0, 1, 2, 3].map((partition) => reader.position('events', partition))).toEqual([0, 2, 0, 0]);
      expect(await transport.endOffsets('events')).toEqual([0, 2, 0, 0]);
      expect(() => reader.position('events', 4)).toThrow();
    });

    test('endOffsets gives the next offset of each partition', async () => {
      expect(await transport.endOffsets('events')).toEqual([0, 0, 0, 0]);
      await transport.publish([record('events', 1, 'a'), record('events', 1, 'b'), record('events', 3, 'c')]);
      expect(await transport.endOffsets('events')).toEqual([0, 2, 0, 1]);
    });

    test('the log has a name, the same on every connection', async () => {
      const id = await transport.logId();
      expect(id).not.toBe('');
      expect(await (await log.connect()).logId()).toBe(id);
    });

    test('a reader begins where it is told', async () => {
      await transport.publish(['a', 'b', 'c'].map((value) => record('events', 2, value)));
      expect(values(await take(await readAll('events', 1), 2))).toEqual(['b', 'c']);
    });

    test('readers see every partition, and do not disturb each other', async () => {
      await transport.publish([0, 1, 2, 3].map((partition) => record('events', partition, `${partition}`)));
      const readers = [await readAll('events'), await readAll('events')];
      for (const reader of readers) {
        expect(values(await take(reader, 4)).sort()).toEqual(['0', '1', '2', '3']);
      }
    });

    test('a reader of some partitions reads those, and only those', async () => {
      await transport.createTopics([{ name: 'narrow', partitions: 2 }]);
      const everywhere = ['events', 'narrow'].flatMap((topic) =>
        [0, 1, 2, 3]
          .slice(0, topic === 'narrow' ? 2 : 4)
          .map((partition) => record(topic, partition, `${topic} ${partition}`)),
      );
      await transport.publish(everywhere);
      const topics = ['events', 'narrow'];
      const reader = await transport.read({ topics, partitions: [1, 3], from: () => 0 });
      expect(values(await take(reader, 3)).sort()).toEqual(['events 1', 'events 3', 'narrow 1']);
      await transport.publish(everywhere);
      expect(values(await take(reader, 3)).sort()).toEqual(['events 1', 'events 3', 'narrow 1']);
      expect(await reader.poll({ maxRecords: 10, waitMs: 0 })).toEqual([]);
      expect([1, 3].map((partition) => reader.position('events', partition))).toEqual([2, 2]);
    });

    test('a reader of some partitions begins in each where it is told', async () => {
      await transport.publish(['a', 'b'].flatMap((each) => [0, 2].map((p) => record('events', p, each + p))));
      const from = (_: string, partition: number): number => (partition === 2 ? 1 : 0);
      const reader = await transport.read({ topics: ['events'], partitions: [2], from });
      expect(values(await take(reader, 1))).toEqual(['b2']);
    });

    test('a reader that lets what is new gather misses none of it, and each partition keeps its order', async () => {
      await transport.publish(
        [0, 1, 2, 3].map((partition) => record('events', partition, `old ${partition}`)),
      );
      const reader = await transport.read({ topics: ['events'], from: () => 0, gatherMs: 100 });
      expect(values(await take(reader, 4)).sort()).toEqual(['old 0', 'old 1', 'old 2', 'old 3']);
      expect(await reader.poll({ maxRecords: 10, waitMs: 0 })).toEqual([]);
      const sent = Array.from({ length: 20 }, (_, at) => `new ${String(at).padStart(2, '0')}`);
      for (const [at, value] of sent.entries()) await transport.publish([record('events', at % 2, value)]);
      const came = await take(reader, sent.length);
      expect(values(came).sort()).toEqual(sent);
      for (const partition of [0, 1])
        expect(values(came.filter((each) => each.partition === partition))).toEqual(
          sent.filter((_, at) => at % 2 === partition),
        );
      expect(reader.position('events', 1)).toBe(11);
    });

    test('there is no position of a partition that is not read', async () => {
      const reader = await transport.read({ topics: ['events'], partitions: [1], from: () => 0 });
      expect(reader.position('events', 1)).toBe(0);
      for (const partition of [0, 4]) expect(() => reader.position('events', partition)).toThrow('not read');
    });

    test('a reader of no partitions reads nothing, and waits as it is told', async () => {
      await transport.publish([record('events', 0, 'a')]);
      const reader = await transport.read({ topics: ['events'], partitions: [], from: () => 0 });
      const begun = performance.now();
      expect(await reader.poll({ maxRecords: 10, waitMs: 60 })).toEqual([]);
      expect(performance.now() - begun).toBeGreaterThan(50);
      const polled = reader.poll({ maxRecords: 10, waitMs: 10_000 });
      await reader.close();
      expect(await polled).toEqual([]);
      expect(performance.now() - begun).toBeLessThan(5_000);
    });

    test('an empty poll without waiting returns at once', async () => {
      expect(await (await readAll('events')).poll({ maxRecords: 10, waitMs: 0 })).toEqual([]);
    });

    test('a waiting poll ends empty when its time is up', async () => {
      const begun = performance.now();
      expect(await (await readAll('events')).poll({ maxRecords: 10, waitMs: 60 })).toEqual([]);
      expect(performance.now() - begun).toBeGreaterThan(50);
    });

    test('a waiting poll gets what another connection publishes', async () => {
      const polled = (await readAll('events')).poll({ maxRecords: 10, waitMs: 10_000 });
      const other = await log.connect();
      await other.publish([record('events', 0, 'news')]);
      expect(values(await polled)).toEqual(['news']);
    });

    test('no poll gives more than it was asked for, and none is left out', async () => {
      await transport.publish(Array.from({ length: 50 }, (_, n) => record('events', n % 4, String(n))));
      const reader = await readAll('events');
      const seen = new Set<unknown>();
      for (let polls = 0; seen.size < 50 && polls < 100; polls++) {
        const records = await reader.poll({ maxRecords: 7, waitMs: 100 });
        expect(records.length).toBeLessThanOrEqual(7);
        for (const { value } of records) seen.add(value);
      }
      expect(seen.size).toBe(50);
    });

    test('a full partition does not keep others waiting', async () => {
      await transport.publish(Array.from({ length: 500 }, (_, n) => record('events', 0, String(n))));
      await transport.publish([record('events', 3, 'other')]);
      const reader = await readAll('events');
      const seen: unknown[] = [];
      while (!seen.includes('other') && seen.length < 501)
        seen.push(...values(await reader.poll({ maxRecords: 100, waitMs: 10_000 })));
      expect(seen.length).toBeLessThanOrEqual(400); // as many polls as there are partitions
    });

    test('tombstones, missing keys and empty texts stay what they are', async () => {
      expect(await roundTrip({ key: 'gone', value: null })).toMatchObject({ key: 'gone', value: null });
      await transport.publish([{ topic: 'events', partition: 1, key: null, value: '' }]);
      const [received] = await take(
        await transport.read({ topics: ['events'], from: (_, p) => +(p === 0) }),
        1,
      );
      expect(received).toMatchObject({ partition: 1, key: null, value: '', headers: {} });
    });

    test('bytes that are not UTF-8 come back byte for byte', async () => {
      const broken = Uint8Array.of(0x7b, 0xff, 0x00, 0xc3, 0x28, 0xed, 0xa0, 0x80);
      const received = await roundTrip({ key: broken.slice(1), value: broken });
      expect(received.key).toEqual(broken.slice(1));
      expect(received.value).toEqual(broken);
    });

    test('bytes that are UTF-8 come back as text', async () => {
      const text = '\ufeffnul \0, ünïcode, 請求書, 🧾';
      const received = await roundTrip({ key: text, value: new TextEncoder().encode(text) });
      expect(received).toMatchObject({ key: text, value: text });
    });

    test('headers and the time of the log travel along', async () => {
      const headers = { traceparent: '00-abc', 'x-moved': 'ja, ü', __proto__x: '' };
      const received = await roundTrip({ key: 'k', value: 'v', headers });
      expect(received.headers).toEqual(headers);
      expect(Number.isFinite(received.timestampMs)).toBe(true);
    });

    test('takes a value of 1 MB', async () => {
      const value = 'ä'.repeat(512 * 1024);
      expect((await roundTrip({ key: 'big', value })).value).toBe(value);
    });

    test('refuses a record over the limit, and what came with it', async () => {
      const big = record('events', 0, 'x'.repeat(64 * 1024 * 1024));
      expect(await failure(transport.publish([record('events', 0, 'a'), big]))).toBe('record-too-large');
      expect(await transport.endOffsets('events')).toEqual([0, 0, 0, 0]);
    });

    test('what was published is there for those who connect later', async () => {
      await transport.publish([record('events', 0, 'durable')]);
      const later = await log.connect();
      await transport.close();
      expect(values(await take(await later.read({ topics: ['events'], from: () => 0 }), 1))).toEqual([
        'durable',
      ]);
    });

    test('after close, everything says so; a waiting poll ends empty', async () => {
      const reader = await readAll('events');
      const polled = reader.poll({ maxRecords: 1, waitMs: 10_000 });
      await transport.close();
      expect(await polled).toEqual([]);
      expect(await failure(reader.poll({ maxRecords: 1, waitMs: 0 }))).toBe('closed');
      expect(await failure(transport.publish([record('events', 0, 'x')]))).toBe('closed');
    });
  });
}
