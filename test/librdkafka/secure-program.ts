/** TLS and SASL, as a program for whichever runtime runs it. */
import { type KafkaSettings, kafkaSettings } from '../../services/platform/transport/kafka/settings.ts';
import { openLibrdkafka } from '../../services/platform/transport/librdkafka/open.ts';
import { failure, record, take, values } from '../contracts/support.ts';
import { silent } from './logger.ts';
import { expect } from './runner.ts';
import { story } from './teller.ts';

export interface Secured {
  readonly brokers: string;
  readonly given: Partial<KafkaSettings>;
  /** A topic that is there no more than once. */
  readonly topic: string;
  /** Whether the broker lets it in. */
  readonly isLetIn: boolean;
}

await story<Secured>('secure', async ({ brokers, given, topic, isLetIn }) => {
  const settings = kafkaSettings(brokers, { client: 'librdkafka', requestTimeoutMs: 5_000, ...given });
  const transport = await openLibrdkafka(settings, silent);
  if (isLetIn) {
    await transport.createTopics([{ name: topic, partitions: 1 }]);
    await transport.publish([record(topic, 0, 'hello')]);
    const consumer = await transport.join({ group: topic, topics: [topic] });
    expect(values(await take(consumer, 1))).toEqual(['hello']);
  } else {
    expect(await failure(transport.createTopics([{ name: topic, partitions: 1 }]))).toBe('unavailable');
    expect(await failure(transport.publish([record(topic, 0, 'hello')]))).toBe('unavailable');
  }
  await transport.close();
});
