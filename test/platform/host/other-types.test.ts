import { afterEach, expect, test } from 'bun:test';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Type } from '@sinclair/typebox';
import { type AnyWorkflow, topics, workflow } from '../../../core/mod.ts';
import {
  type Backing,
  type Host,
  openBacking,
  serveWorkflows,
  startWorkflow,
} from '../../../services/platform/bun.ts';
import { createLogger } from '../../../services/platform/log.ts';
import { readTopic } from '../../support/read-topic.ts';
import { until } from '../../support/until.ts';

// The story: jobs of all types lie in one job store, and whichever group looked first took what was due. A group that
// had no definition of it parked it, so a sleeping notification could be parked by the group of the emails.

const logger = createLogger({ logLevel: 'silent', logFormat: 'json' });
const open: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.stop();
});

const Sleep = Type.Object({ ms: Type.Integer() });

const sleeperOf = (type: string): AnyWorkflow =>
  workflow({
    type,
    version: 1,
    input: Sleep,
    *run({ sleep }, { ms }) {
      yield* sleep(ms);
      return type;
    },
  });

for (const jobStore of ['embedded', 'sqlite'] as const) {
  test(`what is due is left to the group that serves its type, even while that is away: ${jobStore}`, async () => {
    const backing = await openBacking({ dataDir: mkdtempSync(join(tmpdir(), 'requite-types-')), jobStore });
    open.push({ stop: () => backing.close() });
    const serve = async (type: string): Promise<Host> => {
      const host = await serveWorkflows([sleeperOf(type)], { backing, logger });
      open.push(host);
      return host;
    };
    const start = (type: string, id: string, ms: number): Promise<unknown> =>
      startWorkflow(sleeperOf(type), id, { ms }, { backing });
    await serve('one');
    const sleeping = await sleepsAlone(backing, () => serve('two'), start);
    // the first group's own come in time, though another's is due all along
    for (const id of ['own', 'next']) {
      await start('one', id, 100);
      await until('the own one', async () => (await statuses(backing, id)).includes('completed'));
    }
    expect(await statuses(backing, sleeping)).not.toContain('completed');
    await serve('two');
    await until('the other', async () => (await statuses(backing, sleeping)).includes('completed'));
    expect(await statuses(backing)).not.toContain('parked');
  }, 60_000);
}

/** Begins a job of the type `two`, and stops the group that serves it before the job wakes; gives the job's id. */
async function sleepsAlone(
  backing: Backing,
  serve: () => Promise<Host>,
  start: (type: string, id: string, ms: number) => Promise<unknown>,
): Promise<string> {
  for (let ms = 100; ; ms *= 2) {
    const host = await serve();
    const id = `for-${ms}`;
    await start('two', id, ms);
    await until('it to sleep', async () => (await statuses(backing, id)).length > 0);
    await host.stop();
    // where the machine is slow it has woken before that
    if (!(await statuses(backing, id)).includes('completed')) return id;
  }
}

/** What has been reported, of one job or of all. */
async function statuses(backing: Backing, id?: string): Promise<string[]> {
  const records = await readTopic(backing.transport, topics.workflowEvents);
  return records
    .filter(({ key }) => id === undefined || key === id)
    .map(({ value }) => (JSON.parse(String(value)) as { status: string }).status);
}
