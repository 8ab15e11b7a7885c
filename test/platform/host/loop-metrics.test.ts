/** What a loop tells a scrape: where records ended, how far it is behind, what waits. */
import { afterEach, expect, test } from 'bun:test';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Type } from '@sinclair/typebox';
import { Registry } from 'prom-client';
import { partitionFor, topics, workflow } from '../../../core/mod.ts';
import { openBacking, serveAnswers, serveWorkflows, startWorkflow } from '../../../services/platform/bun.ts';
import { createLogger } from '../../../services/platform/log.ts';
import { until } from '../../support/until.ts';

const logger = createLogger({ logLevel: 'silent', logFormat: 'json' });
const open: { stop(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.stop();
});

const dinner = workflow({
  type: 'dinner',
  version: 1,
  input: Type.Object({ guest: Type.String() }),
  *run({ ask }, { guest }) {
    return yield* ask('dish', { guest }, Type.String());
  },
});

/** The value of one sample; null where there is none. */
async function sample(
  registry: Registry,
  name: string,
  labels: Record<string, string>,
): Promise<number | null> {
  const metric = (await registry.getMetricsAsJSON()).find((each) => each.name === name);
  const found = metric?.values.find((value) =>
    Object.entries(labels).every(
      ([label, wanted]) => (value.labels as Record<string, unknown>)[label] === wanted,
    ),
  );
  return found?.value ?? null;
}

test('records by outcome, jobs that wait, lag, and whether it runs; all of it gone when it stops', async () => {
  const backing = await openBacking({ dataDir: mkdtempSync(join(tmpdir(), 'requite-metrics-')) });
  open.push({ stop: () => backing.close() });
  const metrics = new Registry();
  const group = 'diners';
  const host = await serveWorkflows([dinner], { backing, logger, metrics, group });
  await startWorkflow(dinner, 'd1', { guest: 'Ada' }, { backing, logger });
  await startWorkflow(dinner, 'd2', { guest: 'Bo' }, { backing, logger });
  const broken = { topic: topics.workflowQueue, partition: partitionFor('d3', 4), key: 'd3', value: '{' };
  await backing.transport.publish([broken]);
  await until(
    'two jobs to wait',
    async () => (await sample(metrics, 'group_jobs', { group, state: 'open' })) === 2,
  );
  await until(
    'the broken one to be counted',
    async () =>
      (await sample(metrics, 'group_records_total', {
        group,
        topic: topics.workflowQueue,
        outcome: 'deadLettered',
      })) === 1,
  );
  expect(
    await sample(metrics, 'group_records_total', { group, topic: topics.workflowQueue, outcome: 'applied' }),
  ).toBe(2);
  expect(await sample(metrics, 'group_running', { group })).toBe(1);
  expect(await sample(metrics, 'group_partitions', { group })).toBe(4);
  expect(await sample(metrics, 'group_lag_records', { group, topic: topics.workflowQueue })).toBe(0);
  // an answerer that has not started is behind by nothing that this process owns: it shows once it is there
  const answers = await serveAnswers({ dish: () => 'soup' }, { backing, logger, metrics, group: 'kitchen' });
  open.push(answers);
  await until(
    'no job to wait',
    async () => (await sample(metrics, 'group_jobs', { group, state: 'open' })) === 0,
  );
  expect(
    await sample(metrics, 'group_records_total', {
      group: 'kitchen',
      topic: topics.questions,
      outcome: 'applied',
    }),
  ).toBe(2);
  expect(await metrics.metrics()).toMatch(/group_batch_duration_seconds_count\{group="diners"\} [1-9]/);
  await host.stop();
  expect(await sample(metrics, 'group_running', { group })).toBeNull();
});

test('a log that does not answer leaves out the lag, and tells all else', async () => {
  const backing = await openBacking({ dataDir: mkdtempSync(join(tmpdir(), 'requite-metrics-')) });
  open.push({ stop: () => backing.close() });
  const metrics = new Registry();
  let isAway = false;
  const endOffsets = (topic: string): Promise<readonly number[]> =>
    isAway ? Promise.reject(new Error('gone')) : backing.transport.endOffsets(topic);
  const transport = new Proxy(backing.transport, {
    get: (target, name) => {
      if (name === 'endOffsets') return endOffsets;
      const value = Reflect.get(target, name) as unknown;
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const host = await serveWorkflows([dinner], {
    backing: { ...backing, transport },
    logger,
    metrics,
    group: 'g',
  });
  open.push(host);
  await until('it to run', async () => (await sample(metrics, 'group_running', { group: 'g' })) === 1);
  isAway = true;
  expect(await sample(metrics, 'group_lag_records', { group: 'g' })).toBeNull();
  expect(await sample(metrics, 'group_running', { group: 'g' })).toBe(1);
});
