import { afterEach, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MOVED_HEADER, type OutgoingRecord, partitionFor, topics } from '../../core/mod.ts';
import { type Cluster, describeWithCluster } from '../broker/index.ts';
import { expectGapless, expectSameBills } from '../story/bills.ts';
import { emptyCluster, lagOf, sharesOf } from '../story/cluster.ts';
import type { Lab } from '../story/lab.ts';
import { customersNamed } from '../story/lab-log.ts';
import { closeLabs, newLab, undisturbedBills } from '../story/labs.ts';
import { describeWithPython, findPython, runScript, Script } from './python.ts';

const PARTITIONS = 12;
const BILLS = 300;
const customers = customersNamed(BILLS);
/** The bills are the same whoever asks and answers: their bytes follow from workflow-id, date and customer. */
const request = {
  runId: 'foreign',
  billDate: '2026-11-30',
  customerIdentifiers: customers.map(({ customerIdentifier }) => customerIdentifier),
};

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  await closeLabs();
});

const python = await findPython();
describeWithCluster('among programs in Python that have nothing of ours in them, on 12 partitions', () =>
  describeWithPython('with confluent-kafka', python, (program) => {
    test("bills come from a CRM whose client has another partitioner for its answers' keys", async () => {
      const { lab, cluster } = await deploy();
      expect((await lab.post(request)).status).toBe(202);
      const crm = startCrm(program, 'crm.py', cluster);
      await expectBills(lab, crm);
      expect(await misplaced(lab, topics.answers)).toBeGreaterThan(0);
    }, 240_000);

    test('bills come from a CRM whose answers have no key', async () => {
      const { lab, cluster } = await deploy();
      expect((await lab.post(request)).status).toBe(202);
      const crm = startCrm(program, 'crm_without_key.py', cluster);
      await expectBills(lab, crm);
      expect(await misplaced(lab, topics.answers)).toBeGreaterThan(0);
      const answers = await lab.log.records(topics.answers);
      expect(answers.filter(({ key }) => key === null).length).toBeGreaterThanOrEqual(BILLS);
    }, 240_000);

    test('workflows that lie in other partitions than their own are billed once, however often they are sent', async () => {
      const { lab, cluster } = await deploy();
      const [first = '', ...others] = request.customerIdentifiers;
      const byHand = misplacedWorkflow(first);
      const send = async (): Promise<void> => {
        const { runId, billDate } = request;
        await runScript(program, 'ask_for_bills.py', [cluster.brokers, runId, billDate, ...others]);
        await lab.log.publish([byHand]);
      };
      await send();
      await send();
      const crm = startCrm(program, 'crm.py', cluster);
      await expectBills(lab, crm);
      expect(await misplaced(lab, topics.workflowQueue)).toBeGreaterThan(0);

      await send();
      await lab.until(
        'the engine to have taken all of it',
        async () => (await lagOf(cluster, 'engine', topics.workflowQueue)) === 0,
      );
      await expectBills(lab, crm);
      expect(await lab.log.count(topics.workflowQueue)).toBeGreaterThan(3 * BILLS);
    }, 240_000);
  }),
);

/** A coordinator and two engines, which have half the partitions each; no CRM. */
async function deploy(): Promise<{ cluster: Cluster; lab: Lab }> {
  const cluster = await emptyCluster();
  const lab = await newLab({ brokers: cluster.brokers, partitions: PARTITIONS });
  const second = { as: 'engine-2' };
  await Promise.all([lab.start('coordinator'), lab.start('engine'), lab.start('engine', second)]);
  await lab.until('the engines to share the partitions', async () => {
    const shares = await sharesOf(cluster, 'engine', topics.workflowQueue);
    return shares.length === 2 && shares.every((share) => share === PARTITIONS / 2);
  });
  return { cluster, lab };
}

/** Starts a CRM that knows the customers; `afterEach` ends it. */
function startCrm(program: string, name: string, { brokers }: Cluster): Script {
  const directory = mkdtempSync(join(tmpdir(), 'requite-foreign-'));
  const file = join(directory, 'customers.json');
  writeFileSync(file, JSON.stringify(customers));
  const script = new Script(program, name, [brokers, file], join(directory, 'output.log'));
  ends.push(async () => {
    await script.kill();
    rmSync(directory, { recursive: true });
  });
  return script;
}

/** Every bill of the request and no other, each completed once, and nothing put aside. */
async function expectBills(lab: Lab, crm: Script): Promise<void> {
  await lab
    .until(`${BILLS} bills`, () => lab.countBills() === BILLS, 90_000)
    .catch((cause: unknown) => {
      throw new Error(`the CRM in Python said: ${crm.said()}`, { cause });
    });
  expectSameBills(lab.bills(), await undisturbedBills(request, BILLS));
  expectGapless(lab.bills());
  const { completed, contradicted } = await lab.log.reported();
  expect({ completed: completed.size, contradicted }).toEqual({ completed: BILLS, contradicted: [] });
  expect(await lab.log.records(topics.deadLetters)).toEqual([]);
}

/** How many of a topic's records the engine had to move home. */
async function misplaced(lab: Lab, topic: string): Promise<number> {
  return (await lab.log.records(topic)).filter(({ headers }) => headers[MOVED_HEADER] !== undefined).length;
}

/** As `ask_for_bills.py` would send it, in the partition after its own. */
function misplacedWorkflow(customerIdentifier: string): OutgoingRecord {
  const workflowId = `${request.runId}_${customerIdentifier}`;
  const message = {
    'workflow-type': 'bill-generation',
    'workflow-id': workflowId,
    'create-time': '2026-11-30T12:00:00.000Z',
    payload: { customerIdentifier, billDate: request.billDate },
  };
  return {
    topic: topics.workflowQueue,
    partition: (partitionFor(workflowId, PARTITIONS) + 1) % PARTITIONS,
    key: workflowId,
    value: JSON.stringify(message),
  };
}
