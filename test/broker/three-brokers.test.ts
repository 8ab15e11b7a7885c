import { expect, test } from 'bun:test';
import { Admin, type BaseOptions } from '@platformatic/kafka';
import { describeWithCluster, startCluster, uniqueName } from './index.ts';
import { clientOptions, createTopic, publish, read } from './support.ts';
import { coordinatorOf, liveBrokers } from './wire.ts';

describeWithCluster('a cluster of three brokers', () => {
  test('serves what it had, and takes more, when the broker that led it is killed', async () => {
    const cluster = await startCluster({ brokers: 3 });
    try {
      const options = clientOptions(cluster.brokers);
      const [address = ''] = cluster.brokers.split(',');
      const topic = await createTopic(options, 'replicated');
      const { leader, copies } = await partitionOf(options, topic);
      expect(copies).toBe(3);
      let group = uniqueName('group');
      while ((await coordinatorOf(address, 0, group)) !== leader) group = uniqueName('group');

      await publish(options, topic, ['before']);
      await cluster.kill(leader);
      await publish(options, topic, ['after']);
      expect(await read(options, topic, 2, group)).toEqual(['before', 'after']);
      const survivor = cluster.brokers.split(',')[leader === 0 ? 1 : 0] ?? '';
      expect(await liveBrokers(survivor)).not.toContain(leader);
    } finally {
      await cluster.close();
    }
  });
});

/** The number of the broker that leads partition 0, and how many have it. */
async function partitionOf(options: BaseOptions, topic: string): Promise<{ leader: number; copies: number }> {
  const admin = new Admin(options);
  try {
    const { topics } = await admin.metadata({ topics: [topic] });
    const partition = topics.get(topic)?.partitions[0];
    if (partition === undefined) throw new Error(`${topic} has no partition 0`);
    return { leader: partition.leader, copies: partition.replicas.length };
  } finally {
    await admin.close();
  }
}
