// The original lab's way: kafkajs as it comes, one message at a time, each awaited.
import type { Producer } from 'kafkajs';
import { readSettings } from '../../services/platform/config.ts';
import { gained, onStop } from '../stand-in.ts';
import { openKafkaJs } from './kafkajs.ts';

export interface Message {
  readonly topic: string;
  readonly key: string;
  readonly value: string;
}

export type Send = (topic: string, key: string, value: object) => Promise<void>;

/** Consumes the topics message by message, where there are some, and gives what sends one message. */
export async function connect(
  group: string,
  topics: readonly string[],
  handle: (message: Message, send: Send) => Promise<void>,
): Promise<Send> {
  const { kafka: settings } = readSettings(process.env, false);
  if (settings === null) throw new Error('The baseline needs Kafka: set BROKERS.');
  const kafka = openKafkaJs(settings);
  const producer = kafka.producer();
  await producer.connect();
  const send = sender(producer);
  const [first] = topics;
  if (first === undefined) {
    onStop(() => producer.disconnect());
    return send;
  }
  const consumer = kafka.consumer({ groupId: group });
  const joined = new Promise<void>((resolve) => {
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      gained(group, payload.memberAssignment[first] ?? []);
      resolve();
    });
  });
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    throw payload.error; // ends the process, which the bench notices
  });
  await consumer.subscribe({ topics: [...topics], fromBeginning: true });
  await consumer.run({
    eachMessage: ({ topic, message }) =>
      handle({ topic, key: String(message.key), value: String(message.value) }, send),
  });
  await joined;
  onStop(async () => {
    await consumer.disconnect();
    await producer.disconnect();
  });
  return send;
}

function sender(producer: Producer): Send {
  return async (topic, key, value) => {
    await producer.send({ topic, messages: [{ key, value: JSON.stringify(value) }] });
  };
}
