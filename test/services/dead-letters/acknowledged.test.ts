import { afterAll, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type AnyWorkflow,
  billGeneration,
  commitInOrder,
  MemoryLog,
  type Transport,
  TransportError,
  type TransportUnit,
  topicSpecs,
  topics,
} from '../../../core/mod.ts';
import { openBacking } from '../../../services/platform/backing.ts';
import { serveWorkflows } from '../../../services/platform/bun.ts';
import { type Processor, runLoop } from '../../../services/platform/host/loop.ts';
import { createLogger } from '../../../services/platform/log.ts';
import { readTopic } from '../../support/read-topic.ts';
import { until } from '../../support/until.ts';
import { type Faults, faulty } from '../coordinator/support.ts';

// Invariant 5 for dead letters: no offset moves past a refused record before its letter is durable.

const logger = createLogger({ logLevel: 'silent', logFormat: 'json' });
const directories: string[] = [];
afterAll(() => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

async function newLog(): Promise<MemoryLog> {
  const log = new MemoryLog({ sleep: (ms) => Bun.sleep(ms), now: Date.now });
  await log.createTopics(topicSpecs(1));
  await log.publish(
    ['no JSON', 'none either'].map((value) => ({
      topic: topics.workflowQueue,
      partition: 0,
      key: 'k',
      value,
    })),
  );
  return log;
}

/** Where on workflow-queue each commit that went through left the group, with how many letters were durable by then. */
interface Committed {
  readonly next: number;
  readonly letters: number;
}

/** Fails every unit that holds a dead letter, so many times; keeps what was committed. */
function failing(times: number): { faults: Faults; committed: Committed[]; failures: () => number } {
  const committed: Committed[] = [];
  let failures = 0;
  let letters = 0;
  const commit = (unit: TransportUnit): void => {
    const own = unit.records.filter(({ topic }) => topic === topics.deadLetters).length;
    if (own > 0 && failures < times) {
      failures++;
      throw new TransportError('unavailable', 'the dead letters are not taken now');
    }
    letters += own;
    const position = unit.offsets.find(({ topic }) => topic === topics.workflowQueue);
    if (position !== undefined) committed.push({ next: position.offset, letters });
  };
  return { faults: { commit }, committed, failures: () => failures };
}

async function expectLettersFirst(
  log: MemoryLog,
  run: (transport: Transport) => Promise<() => Promise<void>>,
): Promise<void> {
  const { faults, committed, failures } = failing(3);
  const stop = await run(faulty(log, faults));
  await until('both letters', async () => (await readTopic(log, topics.deadLetters)).length >= 2);
  await until('both offsets', () => committed.some(({ next }) => next === 2));
  await stop();
  expect(failures()).toBe(3);
  for (const { next, letters } of committed) expect(letters).toBeGreaterThanOrEqual(next);
}

test('an engine commits nothing past a broken record while the dead letters can’t be written', async () => {
  const log = await newLog();
  const directory = mkdtempSync(join(tmpdir(), 'requite-acknowledged-'));
  directories.push(directory);
  const backing = await openBacking({ dataDir: directory });
  await expectLettersFirst(log, async (transport) => {
    const own = { ...backing, transport, commit: commitInOrder(backing.jobStore), atomic: false };
    const definitions: readonly AnyWorkflow[] = [billGeneration];
    const host = await serveWorkflows(definitions, { backing: { ...own, forGroup: () => own }, logger });
    return () => host.stop();
  });
  await backing.close();
}, 60_000);

test('nor does a loop whose processor fails on a record, and puts it aside', async () => {
  const log = await newLog();
  const processor: Processor = {
    group: 'g',
    topics: [topics.workflowQueue],
    asideReason: 'processing-failed',
    handle: () => Promise.reject(new Error('a defect')),
  };
  await expectLettersFirst(log, async (transport) => {
    const loop = runLoop(processor, { transport, logger });
    return () => loop.stop();
  });
}, 60_000);
