/** The client while the coordinator is killed and started again, and while it asks for patience. */
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type Requite } from '../../client/mod.ts';
import { freePorts } from '../broker/ports.ts';
import { Processes } from '../support/processes.ts';
import { until } from '../support/until.ts';

const directory = mkdtempSync(join(tmpdir(), 'requite-client-'));
const processes = new Processes(directory);
let env: Readonly<Record<string, string>>;
let url: string;
let requite: Requite;

beforeAll(async () => {
  const [coordinator = 0, crm = 0] = await freePorts(2);
  env = {
    DATA_DIR: join(directory, 'data'),
    BILLS_DIR: join(directory, 'bills'),
    COORDINATOR_PORT: String(coordinator),
    CRM_PORT: String(crm),
    OPERATIONS_PORT: '0',
    PARTITIONS: '2',
    FSYNC: 'off',
  };
  url = `http://127.0.0.1:${coordinator}`;
  requite = connect(url, { retryForMs: 300_000 });
});
afterAll(async () => {
  await processes.close();
  rmSync(directory, { recursive: true, force: true });
});

const coordinator = (more: Readonly<Record<string, string>> = {}) => ({
  services: ['coordinator'],
  env: { ...env, ...more },
  url,
});

test('starts, waits and follows across kill -9 of the coordinator, and nothing is billed twice', async () => {
  // asked before there is anybody: it comes when the coordinator does
  const early = requite.start({ customerIdentifiers: ['1', '2', '3'], label: 'early' });
  await processes.start('coordinator', coordinator());
  const run = await early;
  const counts: number[] = [];
  const following = (async () => {
    for await (const progress of run.follow()) counts.push(progress.completed);
  })();
  const waiting = run.wait();
  await until('the first progress', () => counts.length > 0);
  await processes.kill('coordinator');
  const late = requite.start({ customerIdentifiers: ['4'], label: 'late' });
  processes.launch('coordinator', coordinator());
  await processes.start('work', { services: ['engine', 'crm'], env });
  expect(await waiting).toMatchObject({ ended: true, completed: 3, count: 3 });
  await following;
  expect(counts.at(-1)).toBe(3);
  expect([...counts]).toEqual(counts.toSorted((one, other) => one - other));
  expect(await (await late).wait()).toMatchObject({ ended: true, completed: 1 });
  const runs = await Array.fromAsync(requite.runs());
  expect(runs.map(({ label }) => label).sort()).toEqual(['early', 'late']);
  const [first] = await Array.fromAsync(run.workflows());
  expect(await requite.bill(first?.workflowId ?? '')).toContain('Total');
}, 300_000);

test('sends less where it is asked to, and gets all it wants', async () => {
  await processes.kill('coordinator');
  await processes.start('coordinator', coordinator({ REQUEST_RATE: '10' }));
  let refused = 0;
  const patient = connect(url, {
    retryForMs: 300_000,
    fetch: async (asked, init) => {
      const response = await fetch(asked, init);
      if (response.status === 429) refused++;
      return response;
    },
  });
  const all = await Promise.all(
    Array.from({ length: 60 }, () => patient.jobs.get('nobody').catch(({ code }) => code)),
  );
  expect(new Set(all)).toEqual(new Set(['no-such-job']));
  expect(refused).toBeGreaterThan(0);
}, 300_000);
