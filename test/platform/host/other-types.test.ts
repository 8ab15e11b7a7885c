import { afterEach, expect, test } from 'bun:test';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AnyWorkflow, NoInput, topics, workflow } from '../../../core/mod.ts';
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

const sleeperOf = (type: string): AnyWorkflow =>
  workflow({
    type,
    version: 1,
    input: NoInput,
    *run({ sleep }) {
      yield* sleep('100ms');
      return type;
    },
  });

async function statuses(backing: Backing): Promise<string[]> {
  const records = await readTopic(backing.transport, topics.workflowEvents);
  return records.map(({ value }) => (JSON.parse(String(value)) as { status: string }).status);
}

for (const jobStore of ['embedded', 'sqlite'] as const) {
  test(`what is due is left to the group that serves its type, even while that is away: ${jobStore}`, async () => {
    const backing = await openBacking({ dataDir: mkdtempSync(join(tmpdir(), 'requite-types-')), jobStore });
    open.push({ stop: () => backing.close() });
    const serve = async (type: string): Promise<Host> => {
      const host = await serveWorkflows([sleeperOf(type)], { backing, logger });
      open.push(host);
      return host;
    };
    await serve('one');
    const two = await serve('two');
    await startWorkflow(sleeperOf('two'), 'a', null, { backing });
    await until('it to sleep', async () => (await statuses(backing)).length === 1);
    await two.stop();
    // the first group's own come in time, though another's is due all along
    await startWorkflow(sleeperOf('one'), 'b', null, { backing });
    await until('the own one', async () => (await statuses(backing)).includes('completed'));
    await startWorkflow(sleeperOf('one'), 'c', null, { backing });
    await until(
      'the next',
      async () => (await statuses(backing)).filter((each) => each === 'completed').length === 2,
    );
    await serve('two');
    await until(
      'the other',
      async () => (await statuses(backing)).filter((each) => each === 'completed').length === 3,
    );
    expect(await statuses(backing)).not.toContain('parked');
  }, 60_000);
}
