import { afterEach, describe, expect, test } from 'bun:test';
import { topics } from '../../core/mod.ts';
import { describeWithCluster } from '../broker/index.ts';
import { expectGapless, expectSameBills } from './bills.ts';
import { emptyCluster } from './cluster.ts';
import type { Deployment, Lab } from './lab.ts';
import { closeLabs, newLab, undisturbedBills } from './labs.ts';

afterEach(closeLabs);

describe('on the embedded log', () => stories(() => newLab(), { isAtomic: true }));

describeWithCluster('on Kafka', () =>
  stories(async (more) => newLab({ ...more, brokers: (await emptyCluster()).brokers }), { isAtomic: false }),
);

interface Log {
  /** Whether an engine publishes a report and counts what it came from as read in one step. */
  readonly isAtomic: boolean;
}

/** The stories that every log must tell, over real processes. */
function stories(makeLab: (more?: Deployment) => Promise<Lab>, { isAtomic }: Log): void {
  /** Each of so many workflows completed in one way, and nothing was put aside. */
  async function expectEachOnce(lab: Lab, count: number): Promise<void> {
    const { completed, contradicted, repeated } = await lab.log.reported();
    expect(completed.size).toBe(count);
    expect(contradicted).toEqual([]);
    if (isAtomic) {
      // a coordinator that was killed may have sent some that nobody had begun yet: its successor sends them again
      const sent = new Set<unknown>();
      const sentAgain = new Set<unknown>();
      for (const { key } of await lab.log.records(topics.workflowQueue))
        (sent.has(key) ? sentAgain : sent).add(key);
      expect([...repeated].filter((workflowId) => !sentAgain.has(workflowId))).toEqual([]);
    }
    expect(await lab.log.records(topics.deadLetters)).toEqual([]);
  }

  test('three bills come, each once, though services start in any order and the engine is killed while it waits', async () => {
    const request = { runId: 'story-1', billDate: '2026-11-30', customerIdentifiers: ['2', '4', '5'] };
    const undisturbed = await undisturbedBills(request);
    const lab = await makeLab();
    await lab.start('coordinator');
    expect((await lab.post(request)).status).toBe(202);
    expect(await lab.progress('story-1')).toMatchObject({ count: 3, requested: 3, waiting: 0, completed: 0 });

    await lab.start('engine');
    await lab.until('the engine to ask and wait', async () => (await lab.progress('story-1')).waiting === 3);
    await lab.kill('engine');
    await lab.start('engine');
    expect(await lab.progress('story-1')).toMatchObject({ waiting: 3, completed: 0 });

    await lab.start('crm');
    await lab.until(
      'three bills',
      async () => (await lab.progress('story-1')).completed === 3 && lab.countBills() === 3,
    );
    expectSameBills(lab.bills(), undisturbed);
    expectGapless(lab.bills());
    await expectEachOnce(lab, 3);
    const questions = (await lab.log.records(topics.questions)).map(({ value }) => value);
    // who the customer is, and which number the bill gets
    expect(new Set(questions).size).toBe(2 * 3);
    if (isAtomic) expect(questions.length).toBe(2 * 3);
  }, 120_000);

  test('a run is published whole after the coordinator was killed between accepting and publishing', async () => {
    const lab = await makeLab();
    const customerIdentifiers = Array.from({ length: 15_000 }, (_, at) => `x-${at}`);
    const runId = 'cut';
    await lab.start('coordinator');
    expect((await lab.post({ runId, customerIdentifiers })).status).toBe(202);
    await lab.kill('coordinator');
    // without an engine no more than RUN_WINDOW of them can be there
    expect(await lab.log.count(topics.workflowQueue)).toBeLessThan(customerIdentifiers.length);
    await Promise.all([lab.start('coordinator'), lab.start('engine')]);
    await lab.until(
      'every workflow to wait for its answer',
      async () => (await lab.progress(runId)).waiting === 15_000,
    );
    const expected = new Set(customerIdentifiers.map((id) => `${runId}_${id}`));
    await lab.until('every workflow to be on the queue', async () => {
      const found = new Set((await lab.log.records(topics.workflowQueue)).map(({ key }) => String(key)));
      return [...expected].every((id) => found.has(id));
    });
  }, 120_000);

  test('a run of 2,000 with every service killed once ends in the bills of an undisturbed run', async () => {
    const lab = await makeLab();
    const customerIdentifiers = await lab.log.addCustomers(2000);
    const request = { runId: 'two-thousand', billDate: '2026-11-30', customerIdentifiers };
    const undisturbed = await undisturbedBills(request, 2000);

    // the run can't end before the last of these kills: each part that it then needs is still down
    await lab.start('coordinator');
    expect((await lab.post(request)).status).toBe(202);
    await lab.kill('coordinator');
    await Promise.all([lab.start('engine'), lab.start('coordinator')]);
    await lab.until('the first questions', async () => (await lab.log.count(topics.questions)) > 0);
    await lab.kill('engine');
    await lab.start('crm');
    await lab.until('the first answers', async () => (await lab.log.count(topics.answers)) > 0);
    await lab.kill('crm');
    expect((await lab.progress('two-thousand')).completed).toBe(0);
    await Promise.all([lab.start('engine'), lab.start('crm')]);
    // and once more in the thick of it, wherever that is
    await lab.until('the first bills', () => lab.countBills() > 0);
    for (const name of ['engine', 'coordinator'] as const) {
      await lab.kill(name);
      await lab.start(name);
    }
    await lab.until('2,000 bills', () => lab.countBills() === 2000, 90_000);
    await lab.until('the run to end', async () => (await lab.progress('two-thousand')).ended);
    expect(await lab.progress('two-thousand')).toMatchObject({ count: 2000, completed: 2000, failed: 0 });
    expectSameBills(lab.bills(), undisturbed);
    expectGapless(lab.bills());
    await expectEachOnce(lab, 2000);
  }, 240_000);

  test('two engines and two CRMs share the work, and when one of each is killed the others take over', async () => {
    const lab = await makeLab();
    const customerIdentifiers = await lab.log.addCustomers(1000);
    await Promise.all([
      lab.start('coordinator'),
      lab.start('engine'),
      lab.start('engine', { as: 'engine-2' }),
    ]);
    await lab.post({ runId: 'shared', customerIdentifiers });
    await lab.until('all questions', async () => (await lab.progress('shared')).waiting === 1000);
    await lab.kill('engine');
    await Promise.all([lab.start('crm'), lab.start('crm', { as: 'crm-2' })]);
    await lab.kill('crm');
    await lab.until('1,000 bills', () => lab.countBills() === 1000, 60_000);
    await expectEachOnce(lab, 1000);
  }, 120_000);

  test('SIGTERM ends a service cleanly, and another takes its partitions at once', async () => {
    // where a member leaves no word, its partitions would wait for longer than this test
    const lab = await makeLab({ sessionTimeoutMs: 600_000 });
    await Promise.all([lab.start('coordinator'), lab.start('engine'), lab.start('crm')]);
    await lab.post({ runId: 'calm', customerIdentifiers: ['1'] });
    await lab.until('a bill', async () => (await lab.progress('calm')).completed === 1);
    expect(await lab.stop('engine')).toBe(0);
    await lab.start('engine');
    await lab.post({ runId: 'calmer', customerIdentifiers: ['1'] });
    await lab.until('another bill', async () => (await lab.progress('calmer')).completed === 1);
    expect(await lab.stop('crm')).toBe(0);
    expect(await lab.stop('coordinator')).toBe(0);
  }, 60_000);
}
