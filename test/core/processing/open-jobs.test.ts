import { consumerWith } from '../../../core/messages/consumer-with.ts';
import {
  type Consumer,
  commitInOrder,
  Definitions,
  MemoryJobStore,
  MemoryLog,
  type Transport,
  TransportError,
  Type,
  topicSpecs,
  topics,
  WorkflowProcessor,
  workflow,
} from '../../../core/mod.ts';
import { assert, test } from '../../harness.ts';

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const asking = workflow({
  type: 'asking',
  version: 1,
  input: Type.Object({}),
  *run({ ask }) {
    return yield* ask('it', {}, Type.Null());
  },
});

/** An engine that may have two open jobs. */
async function engine(log: Transport, store: MemoryJobStore): Promise<[WorkflowProcessor, Consumer]> {
  const processor = new WorkflowProcessor({
    backing: { transport: log, jobStore: store, commit: commitInOrder(store), atomic: false },
    definitions: new Definitions([asking]),
    group: 'engine',
    partitions: 1,
    maxOpenJobs: 2,
    storeId: null,
    acceptLostJobs: false,
    earlyWaitMs: 1_000,
    now: () => 0,
    logger: quiet,
  });
  const consumer = await log.join({
    group: 'engine',
    topics: processor.topics,
    onGained: (partitions) => processor.onGained(partitions, []),
  });
  return [processor, consumer];
}

async function turn(processor: WorkflowProcessor, consumer: Consumer, maxRecords = 10): Promise<void> {
  await processor.tick(consumer);
  const records = await consumer.poll({ maxRecords, waitMs: 0 });
  if (records.length > 0) await processor.handle(records, consumer);
}

async function queued(log: MemoryLog, ids: readonly string[]): Promise<void> {
  const records = ids.map((id) => ({
    topic: topics.workflowQueue,
    partition: 0,
    key: id,
    value: JSON.stringify({
      'workflow-type': 'asking',
      'workflow-id': id,
      'create-time': '2026-01-01T00:00:00Z',
      payload: {},
    }),
  }));
  await log.publish(records);
}

async function asked(log: MemoryLog): Promise<readonly (string | undefined)[]> {
  const reader = await log.read({ topics: [topics.questions], from: () => 0 });
  const records = await reader.poll({ maxRecords: 100, waitMs: 0 });
  await reader.close();
  return records.map(({ key }) => String(key));
}

async function cutOff(log: MemoryLog, store: MemoryJobStore): Promise<void> {
  const [processor, consumer] = await engine(log, store);
  await processor.tick(consumer);
  const records = await consumer.poll({ maxRecords: 2, waitMs: 0 });
  const dead = consumerWith(consumer, {
    commit: () => Promise.reject(new TransportError('unavailable', 'killed before it published')),
  });
  await processor.handle(records, dead).then(
    () => assert.equal('it went through', ''),
    () => {},
  );
  await consumer.close();
}

test('open jobs that were saved and not asked for do not keep the queue from being read: their records come again', async () => {
  const log = new MemoryLog();
  const store = new MemoryJobStore();
  await log.createTopics(topicSpecs(1));
  await queued(log, ['a', 'b', 'c', 'd']);
  await cutOff(log, store);
  assert.equal(await store.countOpen(0), 2);
  assert.deepEqual(await asked(log), []);

  const [processor, consumer] = await engine(log, store);
  for (let at = 0; at < 5; at++) await turn(processor, consumer);
  assert.deepEqual(await asked(log), ['a', 'b']);
  // and no more than may be open: what is new waits on its topic
  assert.equal(await store.countOpen(0), 2);
  assert.equal(consumer.position(topics.workflowQueue, 0), 2);
});

test('once there is room again, what waited on the queue is taken', async () => {
  const log = new MemoryLog();
  const store = new MemoryJobStore();
  await log.createTopics(topicSpecs(1));
  await queued(log, ['a', 'b', 'c', 'd']);
  await cutOff(log, store);
  const [processor, consumer] = await engine(log, store);
  for (let at = 0; at < 3; at++) await turn(processor, consumer);
  await log.publish(
    ['a', 'b'].map((id) => ({
      topic: topics.answers,
      partition: 0,
      key: id,
      value: JSON.stringify({ qaIdentifier: `asking/${id}/0`, answer: null }),
    })),
  );
  for (let at = 0; at < 5; at++) await turn(processor, consumer);
  assert.deepEqual(await asked(log), ['a', 'b', 'c', 'd']);
});
