// Jobs that wait cost a row each: however many of one type there are, another type goes on beside them.
import { afterEach, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Type } from '@sinclair/typebox';
import { partitionFor, topics, workflow } from '../../../core/mod.ts';
import {
  awaitWorkflow,
  openBacking,
  serveAnswers,
  serveWorkflows,
  startWorkflow,
} from '../../../services/platform/bun.ts';
import { createLogger } from '../../../services/platform/log.ts';
import { until } from '../../support/until.ts';

const PARTITIONS = 4;
const SLEEPING = 10_000;
const UNANSWERED = 1_000;
const TEST_MS = 200_000;
const logger = createLogger({ logLevel: 'silent', logFormat: 'json' });
const open: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

const Nothing = Type.Object({});
const sleeper = workflow({
  type: 'sleeper',
  version: 1,
  input: Nothing,
  *run({ sleep }) {
    yield* sleep('30d');
  },
});
const unanswered = workflow({
  type: 'unanswered',
  version: 1,
  input: Nothing,
  *run({ ask }) {
    return yield* ask('dead', {}, Type.String());
  },
});
const answered = workflow({
  type: 'answered',
  version: 1,
  input: Nothing,
  *run({ ask }) {
    return yield* ask('alive', {}, Type.String());
  },
});

test(
  '10,000 sleeping jobs, and 1,000 of a type whose answerer is dead, do not hold up another type',
  async () => {
    const directory = mkdtempSync(join(tmpdir(), 'requite-held-up-'));
    open.push(() => rmSync(directory, { recursive: true, force: true }));
    const backing = await openBacking({ dataDir: directory });
    open.push(() => backing.close());
    const host = await serveWorkflows([sleeper, unanswered, answered], { backing, logger });
    open.push(() => host.stop());
    const answers = await serveAnswers({ alive: () => 'yes' }, { backing, logger });
    open.push(() => answers.stop());
    const queue = async (type: string, count: number): Promise<void> => {
      const ids = Array.from({ length: count }, (_, at) => `${type}-${at}`);
      const message = { 'workflow-type': type, 'create-time': '2026-11-22T08:00:00.000Z', payload: {} };
      await backing.transport.publish(
        ids.map((id) => ({
          topic: topics.workflowQueue,
          partition: partitionFor(id, PARTITIONS),
          key: id,
          value: JSON.stringify({ ...message, 'workflow-id': id }),
        })),
      );
    };
    await queue('sleeper', SLEEPING);
    await queue('unanswered', UNANSWERED);
    // behind all of them in the queue of every partition
    for (let at = 0; at < 20; at++) await startWorkflow(answered, `answered-${at}`, {}, { backing });
    for (let at = 0; at < 20; at++) {
      const end = await awaitWorkflow(`answered-${at}`, '100s', { backing });
      expect(end).toEqual({ status: 'completed', result: 'yes' });
    }
    const reported = async (): Promise<number> =>
      (await backing.transport.endOffsets(topics.workflowEvents)).reduce((sum, end) => sum + end, 0);
    await until('the others to wait', async () => (await reported()) >= SLEEPING + UNANSWERED + 20, 100_000);
  },
  TEST_MS,
);
