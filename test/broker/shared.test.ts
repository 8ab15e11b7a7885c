import { expect, test } from 'bun:test';
import { Admin } from '@platformatic/kafka';
import { brokerSource, describeWithBroker, sharedBroker, uniqueName } from './index.ts';
import { clientOptions, createTopic, publish, read } from './support.ts';

describeWithBroker('the shared broker', () => {
  test('gives back what was published, in order', async () => {
    const options = clientOptions((await sharedBroker()).brokers);
    const topic = await createTopic(options, 'round-trip');
    const values = Array.from({ length: 500 }, (_, at) => `value ${at}`);
    await publish(options, topic, values);
    expect(await read(options, topic, values.length)).toEqual(values);
  });

  test('is the same one for the whole process', async () => {
    const [first, second] = await Promise.all([sharedBroker(), sharedBroker()]);
    expect(second).toBe(first);
    expect(first.source).toBe(brokerSource);
  });

  test('creates no topic that nobody created', async () => {
    const admin = new Admin({ ...clientOptions((await sharedBroker()).brokers), retries: 0 });
    const topic = uniqueName('nobody-created');
    try {
      await expect(admin.metadata({ topics: [topic], autocreateTopics: true })).rejects.toThrow();
      expect(await admin.listTopics()).not.toContain(topic);
    } finally {
      await admin.close();
    }
  });
});
