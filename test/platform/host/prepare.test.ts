import { expect, test } from 'bun:test';
import { MemoryLog, type TopicSpec, type Transport, TransportError, topicSpecs } from '../../../core/mod.ts';
import { prepareTopics } from '../../../services/platform/host/prepare.ts';
import type { Logger } from '../../../services/platform/log.ts';

function recorder(): { readonly logger: Logger; readonly lines: string[] } {
  const lines: string[] = [];
  const add = (_fields: object | string, message?: string): void => void lines.push(message ?? '');
  const logger: Logger = {
    debug: add,
    info: add,
    warn: add,
    error: add,
    child: () => logger,
    isLevelEnabled: () => true,
  };
  return { logger, lines };
}

const { logger } = recorder();

test('topics are made with the count that is asked for, or four', async () => {
  expect(await prepareTopics({ transport: new MemoryLog(), partitions: 7, logger })).toBe(7);
  expect(await prepareTopics({ transport: new MemoryLog(), partitions: null, logger })).toBe(4);
});

test('topics that are there give the count; topics of others are made to match', async () => {
  const transport = new MemoryLog();
  await transport.createTopics(topicSpecs(12).slice(0, 3));
  expect(await prepareTopics({ transport, partitions: null, logger, others: ['validations'] })).toBe(12);
  expect((await transport.endOffsets('validations')).length).toBe(12);
});

test('a topic of a service is made as it asks, under the count of all; named twice, it is made once', async () => {
  const transport = new MemoryLog();
  const made: TopicSpec[] = [];
  const watched: Transport = Object.assign(Object.create(transport) as Transport, {
    endOffsets: transport.endOffsets.bind(transport),
    createTopics: async (specs: readonly TopicSpec[]) => void made.push(...specs),
  });
  const stock = { name: 'stock', compacted: true, compactionLagMs: 5 };
  const others = [stock, 'plain', 'stock', 'plain', 'customers'];
  await prepareTopics({ transport: watched, partitions: 3, logger, others });
  const ofTheirs = made.filter(({ name }) => ['stock', 'plain', 'customers'].includes(name));
  expect(ofTheirs.toSorted((one, other) => (one.name < other.name ? -1 : 1))).toEqual([
    { name: 'customers', partitions: 3, compacted: true },
    { name: 'plain', partitions: 3 },
    { ...stock, partitions: 3 },
  ]);
});

test('asking for another count than the topics have is refused, with what to do', async () => {
  const transport = new MemoryLog();
  await transport.createTopics(topicSpecs(12));
  const asked = prepareTopics({ transport, partitions: 4, logger });
  await expect(asked).rejects.toThrow(/have 12 partitions, and 4 are asked for: leave PARTITIONS unset/);
});

test('topics of unequal counts are refused, naming both', async () => {
  const transport = new MemoryLog();
  await transport.createTopics([{ name: 'workflow-queue', partitions: 4 }]);
  await transport.createTopics([{ name: 'answers-topic', partitions: 12 }]);
  const refused = prepareTopics({ transport, partitions: null, logger });
  await expect(refused).rejects.toThrow(/workflow-queue has 4 partitions and answers-topic has 12/);
  await expect(refused).rejects.toMatchObject({ code: 'topic-mismatch' });
});

/** A log that is away for the first so many questions. */
function lateBy(questions: number): Transport {
  const log = new MemoryLog();
  let left = questions;
  const endOffsets = async (topic: string): Promise<readonly number[]> => {
    if (left-- > 0) throw new TransportError('unavailable', 'no broker listens');
    return log.endOffsets(topic);
  };
  return Object.assign(Object.create(log) as Transport, {
    endOffsets,
    createTopics: log.createTopics.bind(log),
  });
}

test('a log that is away is waited for, said once, and said when it is there', async () => {
  const { lines, logger: listening } = recorder();
  const waits: string[] = [];
  // each time it asks for every topic
  const questions = 3 * topicSpecs(1).length;
  const options = { transport: lateBy(questions), partitions: null, logger: listening };
  expect(await prepareTopics({ ...options, onWaiting: (reason) => waits.push(reason) })).toBe(4);
  expect(lines).toEqual(['waiting for the log', 'the log answers']);
  expect(waits).toEqual(['no broker listens', 'no broker listens', 'no broker listens']);
});

test('the waiting ends when the process is told to stop', async () => {
  const stopping = new AbortController();
  const options = { transport: lateBy(Number.POSITIVE_INFINITY), partitions: null, logger };
  const waiting = prepareTopics({ ...options, stopping: stopping.signal, onWaiting: () => stopping.abort() });
  await expect(waiting).rejects.toMatchObject({ code: 'closed' });
});
