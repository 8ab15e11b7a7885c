import { afterEach, expect, test } from 'bun:test';
import { TransportError } from '../../../../core/mod.ts';
import type {
  Step,
  TransactionVersion,
} from '../../../../services/platform/transport/kafka/transactions/wire.ts';
import { describeWithBroker } from '../../../broker/index.ts';
import { countsOf, one, outputOf } from './counting.ts';
import { CountingLab } from './lab.ts';

const KEYS = ['0-a', '1-b', '1-c'];

/** Cuts the connection, as far as the member can tell, at the nth time of a step. */
function cutAt(at: Step, nth: number): (step: Step) => Promise<void> {
  let came = 0;
  return async (step) => {
    if (step === at && ++came === nth) throw new TransportError('unavailable', 'cut off');
  };
}

describeWithBroker('a transaction whose outcome the member does not know', () => {
  let lab: CountingLab | null = null;
  afterEach(() => lab?.close());

  const cuts: [Step, string][] = [
    ['produce', 'before its records were written'],
    ['commit-offsets', 'before its offsets were'],
    ['end', 'as its end was asked for, which did not arrive'],
    ['ended', 'as its end was answered: it is committed'],
  ];
  const ofVersion = (transactions: TransactionVersion, [step, when]: [Step, string]) =>
    ({ transactions, step, when }) as const;
  const all = [
    ofVersion(1, ['add-partitions', 'before it began']),
    ...cuts.flatMap((cut) => [ofVersion(1, cut), ofVersion(2, cut)]),
  ];
  for (const { transactions, step, when } of all) {
    test(`cut off ${when}: it is settled first, and each unit is done once (version ${transactions})`, async () => {
      lab = await CountingLab.open(2);
      const { topics } = lab;
      const { transport } = await lab.cluster();
      const member = await lab.counter({ beforeStep: cutAt(step, 3), transactions });
      for (let round = 1; round <= 3; round++) {
        await transport.publish(KEYS.map((key) => one(topics.input, key)));
        expect((await outputOf(transport, topics, KEYS.length * round)).sort()).toEqual(
          countsOf(KEYS, round),
        );
      }
      expect(member.failures).toEqual(['unavailable']);
      await member.stop();
    });
  }
});
