import { expect, test } from 'bun:test';
import {
  type CommitUnit,
  commitInOrder,
  Definitions,
  type Job,
  MemoryJobStore,
  MemoryLog,
  Type,
  topicSpecs,
  topics,
  workflow,
} from '../../../core/mod.ts';
import type { Backing } from '../../../services/platform/backing.ts';
import { WorkflowProcessor } from '../../../services/platform/host/workflow-processor.ts';
import { createLogger } from '../../../services/platform/log.ts';

const EVENTS = 'arrivals';
const greeter = workflow({
  type: 'greeter',
  version: 1,
  input: Type.Unknown(),
  expects: [EVENTS],
  *run({ expect }) {
    return yield* expect(EVENTS, Type.Unknown());
  },
});

const early = (id: number): Job => ({
  workflowId: `early-${id}`,
  workflowType: '',
  version: 0,
  partition: 0,
  revision: 1,
  status: 'early',
  createTime: '',
  contentHash: '',
  input: null,
  steps: [],
  inbox: [],
  seenOffsets: {},
  wakeAtMs: null,
  problem: null,
  events: [],
  resultHash: null,
  outcomeHashes: null,
  traceparent: null,
});

/** A processor whose store has so many early jobs, and the member that it works for. */
async function standing(earlyJobs: number) {
  const transport = new MemoryLog();
  await transport.createTopics([...topicSpecs(1), { name: EVENTS, partitions: 1 }]);
  const jobStore = new MemoryJobStore();
  await jobStore.save(Array.from({ length: earlyJobs }, (_, id) => ({ job: early(id) })));
  const commit: CommitUnit = commitInOrder(jobStore);
  const backing: Backing = {
    kind: 'embedded',
    description: 'in memory',
    transport,
    jobStore,
    commit,
    atomic: false,
    close: async () => {},
  };
  const processor = new WorkflowProcessor({
    backing,
    definitions: new Definitions([greeter]),
    group: 'greeters',
    partitions: 1,
    maxOpenJobs: 10,
    storeId: null,
    acceptLostJobs: false,
    earlyWaitMs: 60_000,
    now: () => 0,
    logger: createLogger({ logLevel: 'silent', logFormat: 'json' }),
  });
  const consumer = await transport.join({ group: processor.group, topics: processor.topics });
  await consumer.poll({ maxRecords: 1, waitMs: 0 }); // it owns its partition from here on
  const publish = (topic: string): Promise<void> =>
    transport.publish([{ topic, partition: 0, key: 'x', value: '{}' }]);
  const polled = async (): Promise<string[]> => {
    await processor.tick(consumer);
    return (await consumer.poll({ maxRecords: 10, waitMs: 0 })).map(({ topic }) => topic);
  };
  return { publish, polled };
}

test('events that run far ahead wait on their topic while their workflows are still to come', async () => {
  const { publish, polled } = await standing(1_000);
  await publish(EVENTS);
  await publish(topics.workflowQueue);
  expect(await polled()).toEqual([topics.workflowQueue]);
  // no more workflows are to come: nothing is gained by waiting
  expect(await polled()).toEqual([EVENTS]);
});

test('a few early events are taken as they come', async () => {
  const { publish, polled } = await standing(999);
  await publish(EVENTS);
  await publish(topics.workflowQueue);
  expect((await polled()).sort()).toEqual([EVENTS, topics.workflowQueue]);
});
