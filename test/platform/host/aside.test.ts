import { expect, test } from 'bun:test';
import { consumerWith } from '../../../core/messages/consumer-with.ts';
import {
  type Consumer,
  MemoryLog,
  type Transport,
  TransportError,
  topicSpecs,
  topics,
} from '../../../core/mod.ts';
import { offsetsAfter, type Processor, runLoop } from '../../../services/platform/host/loop.ts';
import { createLogger } from '../../../services/platform/log.ts';
import { readTopic } from '../../support/read-topic.ts';
import { until } from '../../support/until.ts';

const logger = createLogger({ logLevel: 'silent', logFormat: 'json' });

/** A log whose dead letters take no value: the topic was made by somebody else, with another limit. */
function narrow(log: MemoryLog): Transport {
  const join: Transport['join'] = async (options) => {
    const consumer = await log.join(options);
    const commit: Consumer['commit'] = async (unit) => {
      if (unit.records.some(({ topic, value }) => topic === topics.deadLetters && value !== null))
        throw new TransportError('record-too-large', 'no topic takes that');
      await consumer.commit(unit);
    };
    return consumerWith(consumer, { commit });
  };
  return Object.assign(Object.create(log) as Transport, { join });
}

test('a record that even the dead letters do not take stops no partition: where it lies is kept', async () => {
  const log = new MemoryLog({ sleep: (ms) => Bun.sleep(ms) });
  await log.createTopics(topicSpecs(1));
  const handled: unknown[] = [];
  const processor: Processor = {
    group: 'g',
    topics: [topics.workflowQueue],
    asideReason: 'processing-failed',
    handle: async (records, consumer) => {
      if (records.some(({ value }) => value === 'broken')) throw new Error('a defect');
      await consumer.commit({ records: [], offsets: offsetsAfter(records) });
      handled.push(...records.map(({ value }) => value));
      return {};
    },
  };
  const queue = { topic: topics.workflowQueue, partition: 0, key: 'k' };
  await log.publish(['a', 'broken', 'b'].map((value) => ({ ...queue, value, headers: { big: 'x' } })));
  const loop = runLoop(processor, { transport: narrow(log), logger });
  await until('what follows to be handled', () => handled.includes('b'));
  await loop.stop();
  expect(handled).toEqual(['a', 'b']);
  const [letter] = await readTopic(log, topics.deadLetters);
  expect(letter).toMatchObject({ key: null, value: null });
  expect(letter?.headers).toEqual({
    'requite-reason': 'processing-failed',
    'requite-detail': 'a defect',
    'requite-origin-topic': topics.workflowQueue,
    'requite-origin-partition': '0',
    'requite-origin-offset': '1',
    'requite-left-out': 'key, value and headers: the record is too large for this topic',
  });
});
