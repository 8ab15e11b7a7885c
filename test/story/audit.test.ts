import { afterEach, expect, test } from 'bun:test';
import { join } from 'node:path';
import { partitionFor, topics } from '../../core/mod.ts';
import { describeWithCluster } from '../broker/index.ts';
import { runCommand, type Said } from '../support/run-command.ts';
import { emptyCluster } from './cluster.ts';
import { closeLabs, newLab } from './labs.ts';

afterEach(closeLabs);

const PARTITIONS = 4;

describeWithCluster('on Kafka', () => {
  test('a run is audited by REST and from the log alone, and a refused request is replayed: twice, and one letter each', async () => {
    const { brokers } = await emptyCluster();
    const lab = await newLab({ brokers, partitions: PARTITIONS });
    await lab.start('coordinator');
    await Promise.all([lab.start('engine'), lab.start('crm')]);
    const command = (name: string, ...words: readonly string[]): Promise<Said> =>
      runCommand(name, words, {
        BROKERS: brokers,
        DATA_DIR: lab.dataDir,
        BILLS_DIR: join(lab.dataDir, 'bills'),
      });
    const audited = async () =>
      (await fetch(`${lab.coordinator}/runs/audited/audit`)).json() as Promise<unknown>;

    await lab.post({ runId: 'audited', customerIdentifiers: ['2', '4', '5', 'nobody'] });
    await lab.until(
      'the run to end',
      async () => (await lab.progress('audited')).ended && lab.countBills() === 3,
    );
    expect(await audited()).toMatchObject({
      count: 4,
      // three numbers beside four customers
      asked: 7,
      answered: 7,
      billed: 3,
      addsUp: true,
      progress: { completed: 3, failed: 1 },
      exceptions: [
        {
          workflowId: 'audited_nobody',
          state: 'failed',
          reason: expect.stringContaining('customer-not-found'),
        },
      ],
    });

    const request = {
      'workflow-type': 'bill-generation',
      'workflow-id': 'bad',
      'create-time': '2026-11-21T10:00:00Z',
    };
    const value = JSON.stringify({ ...request, payload: {} });
    const partition = partitionFor('bad', PARTITIONS);
    await lab.log.publish([{ topic: topics.workflowQueue, partition, key: 'bad', value }]);
    const lettersCome = (count: number) =>
      lab.until(`${count} letters`, async () => (await lab.log.count(topics.deadLetters)) === count);
    await lettersCome(1);
    const [letter] = await lab.log.records(topics.deadLetters);
    const replayed = await fetch(`${lab.coordinator}/dead-letters/${partition}/${letter?.offset}/replay`, {
      method: 'POST',
    });
    expect(replayed.status).toBe(202);
    await lettersCome(2);
    const again = await command('dead-letters', 'replay', `${partition}/${letter?.offset}`);
    expect([again.status, again.err]).toEqual([0, '']);
    await lettersCome(3);
    const listed = await command('dead-letters', 'list', '--json');
    const named = listed.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).replayOf);
    expect(named).toEqual([`${partition}/${letter?.offset}`, `${partition}/${letter?.offset}`]);

    const audit = await command('audit', '--bills', '--json');
    const report = JSON.parse(audit.out);
    expect([audit.status, audit.err]).toEqual([0, '']);
    expect(report).toMatchObject({
      addsUp: true,
      totals: {
        asked: 7,
        answered: 7,
        billed: 3,
        faults: 0,
        workflows: { completed: 3, failed: 1, refused: 1 },
      },
      bills: { files: 3, matching: 3, missing: 0, differing: 0, extra: 0 },
    });
    const queue = report.topics.find((each: { topic: string }) => each.topic === topics.workflowQueue);
    expect(queue).toMatchObject({ records: 7, ended: { applied: 4, refused: 3 } });
  }, 240_000);
});
