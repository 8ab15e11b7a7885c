// A run is published in slices, paused, resumed and cancelled, while the coordinator is killed in each of these states.
import { afterEach, expect, test } from 'bun:test';
import { topics } from '../../core/mod.ts';
import { describeWithCluster } from '../broker/index.ts';
import { expectSameBills } from './bills.ts';
import { emptyCluster } from './cluster.ts';
import type { Deployment, Lab, Progress } from './lab.ts';
import { closeLabs, newLab, undisturbedBills } from './labs.ts';

const COUNT = 400;
const WINDOW = 40;
const TEST_MS = 400_000;

afterEach(closeLabs);

interface Standing extends Progress {
  readonly state: string;
  readonly parked: number;
  readonly cancelled: number;
}

const standing = async (lab: Lab, runId: string): Promise<Standing> =>
  (await lab.progress(runId)) as Standing;

async function command(lab: Lab, runId: string, verb: string): Promise<Standing> {
  const reply = await fetch(`${lab.coordinator}/runs/${runId}/${verb}`, { method: 'POST' });
  expect(reply.status).toBe(202);
  return (await reply.json()) as Standing;
}

/** The run's workflows on workflow-queue. */
async function queuedOf(lab: Lab, runId: string): Promise<Set<string>> {
  const keys = (await lab.log.records(topics.workflowQueue)).map(({ key }) => String(key));
  return new Set(keys.filter((key) => key.startsWith(`${runId}_`)));
}

/** kill -9 of the coordinator, and another process in its place. */
async function killCoordinator(lab: Lab): Promise<void> {
  await lab.kill('coordinator');
  await lab.start('coordinator');
}

async function story(deployment: Deployment): Promise<void> {
  const lab = await newLab({ ...deployment, runWindow: WINDOW });
  const customerIdentifiers = await lab.log.addCustomers(COUNT);
  const request = { runId: 'controlled', billDate: '2026-11-30', customerIdentifiers };
  const undisturbed = await undisturbedBills(request, COUNT);
  await Promise.all([lab.start('coordinator'), lab.start('crm')]);

  // after the 202
  expect((await lab.post(request)).status).toBe(202);
  await killCoordinator(lab);
  await lab.until('the window to be full', async () => (await queuedOf(lab, 'controlled')).size === WINDOW);
  // paused; another takes over, and the first comes back
  expect((await command(lab, 'controlled', 'pause')).state).toBe('paused');
  await lab.start('coordinator', { as: 'coordinator-2', apart: true });
  await killCoordinator(lab);
  await lab.start('engine');
  await lab.until(
    'what was published to end',
    async () => (await standing(lab, 'controlled')).completed === WINDOW,
  );
  expect(await standing(lab, 'controlled')).toMatchObject({ state: 'paused', requested: COUNT - WINDOW });
  expect((await queuedOf(lab, 'controlled')).size).toBe(WINDOW);
  // in the midst of publishing
  await command(lab, 'controlled', 'resume');
  await lab.until('more bills', async () => (await standing(lab, 'controlled')).completed > WINDOW);
  await killCoordinator(lab);
  await lab.until('the run to end', async () => (await standing(lab, 'controlled')).ended);
  expect(await standing(lab, 'controlled')).toMatchObject({ completed: COUNT, failed: 0, cancelled: 0 });
  await lab.until('all files', () => lab.countBills() === COUNT);
  expectSameBills(lab.bills(), undisturbed);

  // cancelling, with some jobs open and some workflows that no engine has seen
  await lab.kill('crm');
  expect((await lab.post({ ...request, runId: 'stopped' })).status).toBe(202);
  await lab.until('jobs to wait', async () => (await standing(lab, 'stopped')).waiting > 0);
  await lab.kill('engine');
  expect((await command(lab, 'stopped', 'cancel')).state).toBe('cancelling');
  await killCoordinator(lab);
  await Promise.all([lab.start('engine'), lab.start('crm')]);
  await lab.until(
    'the run to be cancelled',
    async () => (await standing(lab, 'stopped')).state === 'cancelled',
  );
  const { completed, cancelled, failed, requested, waiting } = await standing(lab, 'stopped');
  expect([completed + cancelled, failed, requested, waiting]).toEqual([COUNT, 0, 0, 0]);
  const bills = [...(await billsOf(lab, 'stopped'))];
  expect(bills.length).toBe(completed);
}

/** The run's bills, once all of them are files. */
async function billsOf(lab: Lab, runId: string): Promise<Iterable<string>> {
  const { completed } = await standing(lab, runId);
  const names = (): string[] => [...lab.bills().keys()].filter((name) => name.includes(runId));
  await lab.until('its bills', () => names().length >= completed);
  return names();
}

test(
  'every bill once and none left out, and none of a cancelled workflow, through kills in each state',
  async () => {
    await story({});
  },
  TEST_MS,
);

describeWithCluster('on Kafka', () => {
  test(
    'the same',
    async () => {
      const { brokers } = await emptyCluster();
      await story({ brokers, jobStore: 'kafka', partitions: 4, sessionTimeoutMs: 6_000 });
    },
    TEST_MS,
  );
});
