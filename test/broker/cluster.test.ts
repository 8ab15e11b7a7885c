import { afterAll, beforeAll, expect, test } from 'bun:test';
import { until } from '../support/until.ts';
import { type Cluster, describeWithCluster, startCluster } from './index.ts';
import type { Settings } from './properties.ts';
import { clientOptions, createTopic, publish, read } from './support.ts';
import { liveBrokers } from './wire.ts';

describeWithCluster('a cluster of one broker', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster({
      settings: { 'message.max.bytes': 4_096, 'broker.session.timeout.ms': 1_500 },
    });
  });
  afterAll(() => cluster?.close());

  test('takes settings of the caller over its own', async () => {
    const options = clientOptions(cluster.brokers);
    const topic = await createTopic(options, 'small-records');
    await publish(options, topic, ['x'.repeat(3_000)]);
    await expect(publish({ ...options, retries: 0 }, topic, ['x'.repeat(5_000)])).rejects.toThrow();
  });

  test('keeps its data through kill -9, on the same address', async () => {
    const options = clientOptions(cluster.brokers);
    const topic = await createTopic(options, 'survivor');
    await publish(options, topic, ['before']);
    await cluster.kill(0);
    await expect(liveBrokers(cluster.brokers)).rejects.toThrow('ECONNREFUSED');
    await cluster.start(0);
    await publish(options, topic, ['after']);
    expect(await read(options, topic, 2)).toEqual(['before', 'after']);
  });

  test('says nothing while it is paused, and goes on', async () => {
    cluster.pause(0);
    // the signal takes a moment: a request that is under way may still be answered
    await until('it to fall silent', () =>
      liveBrokers(cluster.brokers, 500).then(
        () => false,
        (error: Error) => error.message.includes('no answer'),
      ),
    );
    cluster.resume(0);
    expect(await liveBrokers(cluster.brokers)).toEqual([0]);
  });

  test('refuses what makes no sense, by name', async () => {
    await expect(cluster.start(0)).rejects.toThrow('broker-0 runs already');
    expect(() => cluster.pause(1)).toThrow('there is no broker 1');
    await expect(startCluster({ secure: true, redpandaOnly: true })).rejects.toThrow('cannot read TLS');
  });

  test.each([
    ['a setting of no sense', { 'num.io.threads': 0 }, 'num.io.threads'],
    ['a class that is not there', { 'authorizer.class.name': 'not.There' }, 'not.There'],
  ])('says why it does not start: %s', async (_what, settings: Settings, why) => {
    await expect(startCluster({ settings })).rejects.toThrow(why);
  });
});
