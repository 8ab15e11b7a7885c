import { afterEach, expect, test } from 'bun:test';
import type {
  Step,
  TransactionVersion,
} from '../../../../services/platform/transport/kafka/transactions/wire.ts';
import { describeWithBroker } from '../../../broker/index.ts';
import { until } from '../../../support/until.ts';
import { countsOf, one, outputOf } from './counting.ts';
import { CountingLab } from './lab.ts';

const STEPS: Readonly<Record<TransactionVersion, readonly Step[]>> = {
  1: ['add-partitions', 'produce', 'add-offsets', 'commit-offsets', 'end', 'ended'],
  2: ['produce', 'commit-offsets', 'end', 'ended'],
};

for (const transactions of [1, 2] as const)
  describeWithBroker(`a member that dies or freezes in a transaction of version ${transactions}`, () => {
    let lab: CountingLab | null = null;
    afterEach(() => lab?.close());

    test('frozen before its end, it commits nothing once another has taken over and gone on', async () => {
      lab = await CountingLab.open(1);
      const { topics } = lab;
      const { transport } = await lab.cluster();
      const frozen = lab.spawn('end', 2, { signal: 'SIGSTOP', transactions });
      await transport.publish([one(topics.input, '0-a'), one(topics.input, '0-a')]);
      await frozen.said('at end');

      const other = await lab.counter({ transactions });
      await transport.publish([one(topics.input, '0-a')]);
      expect(await outputOf(transport, topics, 3)).toEqual(countsOf(['0-a'], 3));

      frozen.child.kill('SIGCONT');
      await frozen.said('failed fenced');
      await transport.publish([one(topics.input, '0-a')]);
      expect(await outputOf(transport, topics, 4)).toEqual(countsOf(['0-a'], 4));
      expect(other.failures.filter((code) => code !== 'fenced')).toEqual([]);
      await other.stop();
    });

    test('killed before any request of a transaction or after the last, each unit is done once (invariant 5)', async () => {
      lab = await CountingLab.open(1);
      const { topics } = lab;
      const { transport } = await lab.cluster();
      let published = 0;
      for (const step of STEPS[transactions]) {
        const member = lab.spawn(step, 2, { signal: 'SIGKILL', transactions });
        await transport.publish([one(topics.input, '0-a'), one(topics.input, '0-a')]);
        published += 2;
        await member.said(`at ${step}`);
        await member.gone();
      }
      const last = await lab.counter({ transactions });
      expect(await outputOf(transport, topics, published)).toEqual(
        Array.from({ length: published }, (_, index) => `0-a ${index + 1}`),
      );
      await until(
        'all of the input to be committed',
        () => last.consumer.position(topics.input, 0) >= published,
      );
      await last.stop();
    });
  });
