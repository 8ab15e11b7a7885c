import { afterEach, expect, test } from 'bun:test';
import type { Step } from '../../../../services/platform/transport/kafka/transactions/wire.ts';
import { brokerSource, describeWithBroker } from '../../../broker/index.ts';
import { countsOf, one, outputOf } from './counting.ts';
import { CountingLab } from './lab.ts';

const ADDING: readonly Step[] = ['add-partitions', 'add-offsets'];

describeWithBroker('the version of transactions', () => {
  let lab: CountingLab | null = null;
  afterEach(() => lab?.close());

  /** What a member asks for, which counts twice, one record after the other. */
  async function stepsOf(transactions?: 1): Promise<ReadonlySet<Step>> {
    lab = await CountingLab.open(1);
    const { topics } = lab;
    const { transport } = await lab.cluster();
    const steps = new Set<Step>();
    const beforeStep = async (step: Step): Promise<void> => {
      steps.add(step);
    };
    const member = await lab.counter(
      transactions === undefined ? { beforeStep } : { beforeStep, transactions },
    );
    for (let count = 1; count <= 2; count++) {
      await transport.publish([one(topics.input, '0-a')]);
      expect(await outputOf(transport, topics, count)).toEqual(countsOf(['0-a'], count));
    }
    expect(member.failures).toEqual([]);
    await member.stop();
    return steps;
  }

  test('1 adds partitions and the group before anything is written', async () => {
    expect([...(await stepsOf(1))]).toEqual(expect.arrayContaining([...ADDING, 'produce', 'end']));
  });

  // which one the brokers that somebody gave know can't be told here
  test.skipIf(brokerSource === 'given')('the latest that the cluster knows is taken', async () => {
    const steps = await stepsOf();
    const added = brokerSource === 'kafka' ? [] : ADDING; // Redpanda knows version 1
    expect(ADDING.filter((step) => steps.has(step))).toEqual([...added]);
  });
});
