import { afterEach, expect, test } from 'bun:test';
import { topics } from '../../core/mod.ts';
import { type Cluster, describeWithCluster } from '../broker/index.ts';
import { describeWith } from '../postgres/describe.ts';
import { findPostgres } from '../postgres/index.ts';
import { expectGapless, expectSameBills } from './bills.ts';
import { emptyCluster, sharesOf } from './cluster.ts';
import type { Deployment, Lab } from './lab.ts';
import { closeLabs, newLab, undisturbedBills } from './labs.ts';

const PARTITIONS = 12;
/** Some five times what it takes on two cores that do nothing else. */
const BILLS_MS = 150_000;
const TEST_MS = 400_000;
const postgres = await findPostgres();

afterEach(closeLabs);

describeWithCluster('two engines and two CRMs on 12 partitions', () => {
  test(
    'with jobs in Kafka, engines that share no disk make 20,000 bills, each once, through the death of one and of the broker',
    async () => {
      await makeBills(20_000, { jobStore: 'kafka' });
    },
    TEST_MS,
  );

  describeWith(
    'with a database',
    postgres,
    (databases) => databases.drop(),
    (databases) => {
      test(
        'with jobs in PostgreSQL, engines that share no disk make 5,000 bills, each once, through the death of one and of the broker',
        async () => {
          await makeBills(5_000, { jobStore: 'postgres', postgresUrl: await databases.freshDatabase() });
        },
        TEST_MS,
      );
    },
  );
});

async function makeBills(count: number, jobs: Deployment): Promise<void> {
  const cluster = await emptyCluster();
  const runId = `bills-${count}`;
  const lab = await newLab({
    ...jobs,
    brokers: cluster.brokers,
    partitions: PARTITIONS,
    sessionTimeoutMs: 6_000,
  });
  const request = {
    runId,
    billDate: '2026-11-30',
    customerIdentifiers: await lab.log.addCustomers(count),
  };
  const undisturbed = await undisturbedBills(request, count);
  await Promise.all([
    lab.start('coordinator'),
    lab.start('engine', { apart: true }),
    lab.start('engine', { as: 'engine-2', apart: true }),
    lab.start('crm'),
    lab.start('crm', { as: 'crm-2' }),
  ]);
  await lab.until('the engines and the CRMs to have half the partitions each', async () => {
    const engines = await sharesOf(cluster, 'engine', topics.workflowQueue);
    const crms = await sharesOf(cluster, 'crm', topics.questions);
    return [engines, crms].every(
      (shares) => shares.length === 2 && shares.every((share) => share === PARTITIONS / 2),
    );
  });

  expect((await lab.post(request)).status).toBe(202);
  // each engine has half of the work, so that this part of it can't be the end of any engine's
  await lab.until('a tenth to be decided, and some bills', () => isDecided(lab, runId, count / 10));
  await lab.kill('engine');
  await expectMidst(lab, runId, count);
  // the other goes on with its own half, until the session of the dead one ends
  await lab.until('a fifth to be decided', () => isDecided(lab, runId, count / 5));
  await expectMidst(lab, runId, count);
  await dieAndComeBack(cluster, lab);

  await lab.until('every bill', () => lab.countBills() === count, BILLS_MS);
  await lab.until('the run to end', async () => (await lab.progress(runId)).ended);
  expect(await lab.progress(runId)).toMatchObject({ count, completed: count, failed: 0 });
  expect(await sharesOf(cluster, 'engine', topics.workflowQueue)).toEqual([PARTITIONS]);
  expectSameBills(lab.bills(), undisturbed);
  expectGapless(lab.bills());
  const { completed, contradicted } = await lab.log.reported();
  expect(completed.size).toBe(count);
  expect(contradicted).toEqual([]);
  expect(await lab.log.records(topics.deadLetters)).toEqual([]);
}

/** The bill writers are some way behind, so that there need not be a bill yet. */
async function isDecided(lab: Lab, runId: string, least: number): Promise<boolean> {
  return (await lab.progress(runId)).completed >= least && lab.countBills() > 0;
}

/** Some workflows are completed and some bills written, and neither are all. */
async function expectMidst(lab: Lab, runId: string, all: number): Promise<void> {
  // asked of the coordinator: to read the log takes so long that the run may end meanwhile
  const { completed } = await lab.progress(runId);
  for (const count of [lab.countBills(), completed]) {
    expect(count).toBeGreaterThan(0);
    expect(count).toBeLessThan(all);
  }
}

/** kill -9 of the broker in the midst of the run; it is started again once the services have noticed. */
async function dieAndComeBack(cluster: Cluster, lab: Lab): Promise<void> {
  await cluster.kill(0);
  try {
    await lab.until('the services to notice', async () => (await lab.readiness()) !== 200);
  } finally {
    await cluster.start(0);
  }
}
