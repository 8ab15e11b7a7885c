import { consumerWith } from '../../../core/messages/consumer-with.ts';
import { MemoryLog } from '../../../core/messages/memory-log.ts';
import { topics } from '../../../core/messages/topics.ts';
import { type Consumer, TransportError } from '../../../core/messages/transport.ts';
import { type Loop, startLoop } from '../../../core/processing/loop.ts';
import { offsetsAfter, type Processor } from '../../../core/processing/processor.ts';
import { assert, test } from '../../harness.ts';

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** Runs a loop whose waits are over at once, until `done` is called. */
async function running(log: MemoryLog, make: (done: () => void) => Processor): Promise<Loop> {
  let loop: Loop | null = null;
  let done: () => void = () => {};
  const isDone = new Promise<void>((resolve) => {
    done = resolve;
  });
  const pause = () => ({ over: Promise.resolve(), end: () => {} });
  loop = startLoop(make(done), { transport: log, logger: quiet, now: () => 0, pause });
  await isDone;
  await loop.stop();
  return loop;
}

test('what fires by time after a failed unit does not pass over its records: they are read again first', async () => {
  const log = new MemoryLog();
  await log.createTopics([{ name: topics.answers, partitions: 1 }]);
  await log.publish(
    ['one', 'two'].map((value) => ({ topic: topics.answers, partition: 0, key: 'k', value })),
  );
  const seen: unknown[] = [];
  let failures = 0;
  let turns = 0;
  // a limit that is due commits where the member stands, as the processor of workflows does
  const fire = async (consumer: Consumer): Promise<void> => {
    if (consumer.partitions().length === 0) return;
    const offset = consumer.position(topics.answers, 0);
    await consumer.commit({ records: [], offsets: [{ topic: topics.answers, partition: 0, offset }] });
  };
  await running(log, (done) => ({
    group: 'g',
    topics: [topics.answers],
    asideReason: 'processing-failed',
    tick: async (consumer) => {
      await fire(consumer);
      if (turns++ > 100) done(); // it will not come any more
      return 0;
    },
    handle: async (records, consumer) => {
      if (failures++ === 0) throw new TransportError('unavailable', 'the job store is away');
      seen.push(...records.map(({ value }) => value));
      await consumer.commit({ records: [], offsets: offsetsAfter(records) });
      if (seen.includes('two')) done();
      return { [`${topics.answers} applied`]: records.length };
    },
  }));
  assert.deepEqual(seen, ['one', 'two']);
});

test('a batch that is lost to other members, as it takes too long, gets through in smaller ones', async () => {
  const log = new MemoryLog();
  await log.createTopics([{ name: topics.answers, partitions: 1 }]);
  const values = Array.from({ length: 100 }, (_, at) => String(at));
  await log.publish(values.map((value) => ({ topic: topics.answers, partition: 0, key: 'k', value })));
  const seen: unknown[] = [];
  const lengths: number[] = [];
  await running(log, (done) => ({
    group: 'g',
    topics: [topics.answers],
    asideReason: 'processing-failed',
    handle: async (records, consumer) => {
      lengths.push(records.length);
      if (records.length > 20) throw new TransportError('fenced', 'the group did not wait for so many');
      await consumer.commit({ records: [], offsets: offsetsAfter(records) });
      seen.push(...records.map(({ value }) => value));
      if (seen.length === values.length) done();
      return { [`${topics.answers} applied`]: records.length };
    },
  }));
  assert.deepEqual(seen, values);
  assert.deepEqual(lengths.slice(0, 5), [100, 50, 25, 13, 15]);
  assert.equal(lengths.filter((length) => length > 20).length <= 5, true);
});

test('what fires by time for partitions that went to another fails once: the poll that tells of it comes first', async () => {
  const log = new MemoryLog();
  await log.createTopics([{ name: topics.answers, partitions: 1 }]);
  await log.publish([{ topic: topics.answers, partition: 0, key: 'k', value: 'one' }]);
  let polls = 0;
  let failures = 0;
  const join: MemoryLog['join'] = async (options) => {
    const consumer = await log.join(options);
    const poll: Consumer['poll'] = (wanted) => {
      polls++;
      return consumer.poll(wanted);
    };
    return consumerWith(consumer, { poll });
  };
  const watched = new Proxy(log, {
    get: (target, name) => (name === 'join' ? join : Reflect.get(target, name)),
  });
  await running(watched, (done) => ({
    group: 'g',
    topics: [topics.answers],
    asideReason: 'processing-failed',
    tick: async () => {
      // as a member does that has not polled since the group changed
      if (polls === 0 && ++failures < 100) throw new TransportError('fenced', 'partitions went to another');
      if (polls === 0) done();
      return 0;
    },
    handle: async (records, consumer) => {
      await consumer.commit({ records: [], offsets: offsetsAfter(records) });
      done();
      return { [`${topics.answers} applied`]: records.length };
    },
  }));
  assert.equal(failures, 1);
});
