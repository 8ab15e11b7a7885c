import { afterAll, beforeAll, expect, test } from 'bun:test';
import { Admin, ConfigResourceTypes } from '@platformatic/kafka';
import { TransportError } from '../../../core/mod.ts';
import { createLogger } from '../../../services/platform/log.ts';
import { connectionOptions } from '../../../services/platform/transport/kafka/connection.ts';
import { type KafkaSettings, kafkaSettings } from '../../../services/platform/transport/kafka/settings.ts';
import { KafkaTransport } from '../../../services/platform/transport/kafka/transport.ts';
import { type Cluster, describeWithCluster, startCluster } from '../../broker/index.ts';
import { record } from '../../contracts/support.ts';
import { until } from '../../support/until.ts';

describeWithCluster('three brokers', () => {
  let cluster: Cluster;
  let settings: KafkaSettings;
  let transport: KafkaTransport;
  beforeAll(async () => {
    cluster = await startCluster({ brokers: 3 });
    settings = kafkaSettings(cluster.brokers, { requestTimeoutMs: 5_000 });
    transport = new KafkaTransport(settings, createLogger({ logLevel: 'silent', logFormat: 'json' }));
  });
  afterAll(async () => {
    await transport.close();
    await cluster.close();
  });

  test('topics get three copies, of which two must have a write', async () => {
    await transport.createTopics([{ name: 'kept', partitions: 6 }]);
    const admin = new Admin(connectionOptions(settings));
    const { topics } = await admin.metadata({ topics: ['kept'], forceUpdate: true });
    expect(topics.get('kept')?.partitions.map(({ replicas }) => replicas.length)).toEqual([3, 3, 3, 3, 3, 3]);
    const [described] = await admin.describeConfigs({
      resources: [{ resourceType: ConfigResourceTypes.TOPIC, resourceName: 'kept' }],
    });
    const values = new Map(described?.configs.map(({ name, value }) => [name, value]));
    expect(values.get('min.insync.replicas')).toBe('2');
    expect(values.get('retention.ms')).toBe('-1');
    await admin.close();
  });

  test('a topic whose keys are written all the time is compacted soon', async () => {
    const spec = { name: 'hearts', partitions: 3, compacted: true, compactWithinMs: 600_000 };
    await transport.createTopics([spec]);
    const admin = new Admin(connectionOptions(settings));
    const [described] = await admin.describeConfigs({
      resources: [{ resourceType: ConfigResourceTypes.TOPIC, resourceName: 'hearts' }],
    });
    const values = new Map(described?.configs.map(({ name, value }) => [name, value]));
    expect(values.get('cleanup.policy')).toBe('compact');
    expect(values.get('segment.ms')).toBe('600000');
    expect(values.get('max.compaction.lag.ms')).toBe('600000');
    await admin.close();
  });

  test('one of them killed: what is published arrives, and what is committed stays', async () => {
    await transport.createTopics([{ name: 'flow', partitions: 6 }]);
    const consumer = await transport.join({ group: 'flow', topics: ['flow'] });
    const seen = new Set<unknown>();
    const work = async (): Promise<void> => {
      const records = await consumer.poll({ maxRecords: 500, waitMs: 200 });
      const offsets = records.map(({ topic, partition, offset }) => ({
        topic,
        partition,
        offset: offset + 1,
      }));
      const last = new Map(offsets.map((each) => [each.partition, each]));
      if (last.size > 0) await consumer.commit({ records: [], offsets: [...last.values()] });
      for (const { value } of records) seen.add(value);
    };
    /** As the host's loop does: what may be tried again is. */
    const patiently = async (attempt: () => Promise<void>): Promise<void> => {
      try {
        await attempt();
      } catch (error) {
        if (!(error instanceof TransportError && error.canRetry)) throw error;
        await consumer.rewind();
      }
    };
    const publish = async (from: number): Promise<void> => {
      const batch = Array.from({ length: 100 }, (_, n) => record('flow', (from + n) % 6, `${from + n}`));
      await until('the batch to be published', async () => {
        let isDone = false;
        await patiently(async () => {
          await transport.publish(batch);
          isDone = true;
        });
        return isDone;
      });
    };
    for (let from = 0; from < 1_000; from += 100) {
      if (from === 300) await cluster.kill(1);
      await publish(from);
      await patiently(work);
    }
    await until('all to have arrived', async () => {
      await patiently(work);
      return seen.size === 1_000;
    });
    await consumer.close();
  }, 120_000);
});
