import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Producer } from '@platformatic/kafka';
import type { Consumer, IncomingRecord, Transport } from '../../../core/mod.ts';
import { createLogger } from '../../../services/platform/log.ts';
import { type KafkaJobsCluster, openKafkaJobs } from '../../../services/platform/store/kafka/open.ts';
import { KafkaLogAdmin } from '../../../services/platform/transport/kafka/admin.ts';
import { kafkaSettings } from '../../../services/platform/transport/kafka/settings.ts';
import { describeWithBroker, sharedBroker, uniqueName } from '../../broker/index.ts';
import { until } from '../../support/until.ts';
import { transactionalProducer } from './transactional-producer.ts';

/** The marker of a transaction takes an offset, so that a topic's end lies beyond its last record. */
describeWithBroker('the lag of a group on a topic that is written in transactions', () => {
  const directory = mkdtempSync(join(tmpdir(), 'requite-'));
  let cluster: KafkaJobsCluster;
  let admin: KafkaLogAdmin;
  let producer: Producer;
  beforeAll(async () => {
    const { brokers } = await sharedBroker();
    const settings = kafkaSettings(brokers);
    const logger = createLogger({ logLevel: 'silent', logFormat: 'json' });
    cluster = await openKafkaJobs(settings, { dataDir: directory, logger });
    admin = new KafkaLogAdmin(settings);
    producer = transactionalProducer(brokers);
  });
  afterAll(async () => {
    await Promise.all([producer.close(), cluster.close(), admin.close()]);
    rmSync(directory, { recursive: true });
  });

  /** One transaction with a record in this partition. */
  const transaction = async (topic: string, partition: number, ending: 'commit' | 'abort'): Promise<void> => {
    const begun = await producer.beginTransaction();
    await begun.send({ messages: [{ topic, partition, value: Buffer.from(ending) }] });
    await begun[ending]();
  };
  const committed = async (group: string, topic: string): Promise<(number | undefined)[]> => {
    const standing = (await admin.groups()).find((each) => each.group === group);
    return [0, 1].map(
      (partition) =>
        standing?.committed.find((each) => each.topic === topic && each.partition === partition)?.offset,
    );
  };
  const take = async (consumer: Consumer): Promise<readonly IncomingRecord[]> =>
    consumer.poll({ maxRecords: 10, waitMs: 100 });

  describe.each([
    ['a member that writes no transactions', (): Transport => cluster.transport],
    ['a member that writes them', (group: string): Transport => cluster.forGroup(group).transport],
  ])('%s', (_, transportOf) => {
    test('comes to 0 where all is done, and passes over nothing that is in hand', async () => {
      const topic = uniqueName('lag');
      const group = uniqueName('lag');
      await cluster.transport.createTopics([{ name: topic, partitions: 2 }]);
      await transaction(topic, 0, 'commit');
      await transaction(topic, 1, 'abort');
      const consumer = await transportOf(group).join({ group, topics: [topic] });
      const records: IncomingRecord[] = [];
      await until('the record and what was aborted to be behind', async () => {
        records.push(...(await take(consumer)));
        return (await committed(group, topic))[1] === 2 && records.length > 0;
      });
      expect(records.map(({ value }) => value)).toEqual(['commit']);
      expect((await committed(group, topic))[0]).toBeUndefined(); // it is in hand, and may yet fail

      await consumer.rewind();
      const again = await until('the record, once more', async () => (await take(consumer))[0]);
      expect([again.partition, again.offset]).toEqual([0, 0]);
      await consumer.commit({ records: [], offsets: [{ topic, partition: 0, offset: 1 }] });
      await until('no lag', async () => {
        expect(await take(consumer)).toEqual([]);
        return Bun.deepEquals(await committed(group, topic), await cluster.transport.endOffsets(topic));
      });
      await consumer.close();
    });
  });
});
