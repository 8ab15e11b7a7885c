/** What the tests of the brokers do as a client. */
import {
  Admin,
  type BaseOptions,
  Consumer,
  Producer,
  stringDeserializers,
  stringSerializers,
} from '@platformatic/kafka';
import { uniqueName } from './index.ts';

/** Patient with brokers that come and go, without waiting long between attempts. */
export function clientOptions(brokers: string): BaseOptions {
  return {
    clientId: 'requite-test',
    bootstrapBrokers: brokers.split(','),
    retries: 100,
    retryDelay: 100,
    connectTimeout: 2_000,
    requestTimeout: 5_000,
  };
}

const producerOf = (options: BaseOptions): Producer<string, string, string, string> =>
  new Producer({ ...options, serializers: stringSerializers, idempotent: true });

export const consumerOf = (
  options: BaseOptions,
  groupId: string = uniqueName('group'),
): Consumer<string, string, string, string> =>
  new Consumer({
    ...options,
    groupId,
    deserializers: stringDeserializers,
    autocommit: false,
    sessionTimeout: 6_000,
    heartbeatInterval: 1_000,
    maxWaitTime: 200,
    minBytes: 1,
    isolationLevel: 1,
  });

/** Creates a topic with one partition and as many copies as the brokers keep by default. */
export async function createTopic(options: BaseOptions, prefix: string): Promise<string> {
  const topic = uniqueName(prefix);
  const admin = new Admin(options);
  try {
    await admin.createTopics({ topics: [topic], partitions: 1, replicas: -1 });
  } finally {
    await admin.close();
  }
  return topic;
}

/** Publishes with acks=all, to partition 0. */
export async function publish(options: BaseOptions, topic: string, values: readonly string[]): Promise<void> {
  const producer = producerOf(options);
  try {
    await producer.send({ messages: values.map((value) => ({ topic, value, partition: 0 })), acks: -1 });
  } finally {
    await producer.close();
  }
}

/** The first `count` committed values of a topic, through a new group (or this one). */
export async function read(
  options: BaseOptions,
  topic: string,
  count: number,
  group?: string,
): Promise<string[]> {
  const consumer = consumerOf(options, group);
  try {
    const stream = await consumer.consume({ topics: [topic], mode: 'earliest' });
    const values: string[] = [];
    for await (const { value } of stream) {
      values.push(value);
      if (values.length === count) break;
    }
    return values;
  } finally {
    await consumer.close(true);
  }
}
