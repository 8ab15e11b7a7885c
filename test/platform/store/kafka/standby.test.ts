import { afterEach, expect, test } from 'bun:test';
import { MemoryJobCache } from '../../../../services/platform/store/kafka/memory-cache.ts';
import { describeWithBroker } from '../../../broker/index.ts';
import { until } from '../../../support/until.ts';
import { type Counter, countsOf, one, outputOf } from './counting.ts';
import { CountingLab } from './lab.ts';

const KEYS = ['0-a', '1-b', '2-c', '3-d'];

describeWithBroker('standby copies of jobs', () => {
  let lab: CountingLab | null = null;
  afterEach(() => lab?.close());

  const halves = (...members: readonly Counter[]): Promise<boolean> =>
    until('each to have half', () => members.every((each) => each.consumer.partitions().length === 2));

  test('a member follows the partitions of another, and goes on from its copy when it takes them over', async () => {
    lab = await CountingLab.open(4);
    const { topics } = lab;
    const { transport } = await lab.cluster();
    const copy = new MemoryJobCache();
    let cleared = 0;
    copy.clear = (partition) => {
      cleared++;
      MemoryJobCache.prototype.clear.call(copy, partition);
    };
    const first = await lab.counter({ openCache: () => copy });
    const second = await lab.counter();
    await halves(first, second);
    await transport.publish([...KEYS, ...KEYS].map((key) => one(topics.input, key)));
    await until('the copy to have all', () => KEYS.every((key) => (copy.revision(key)?.revision ?? 0) > 0));
    await outputOf(transport, topics, 2 * KEYS.length);

    const begun = cleared;
    await second.stop();
    await transport.publish(KEYS.map((key) => one(topics.input, key)));
    expect((await outputOf(transport, topics, 3 * KEYS.length)).sort()).toEqual(countsOf(KEYS, 3));
    expect([cleared, first.failures]).toEqual([begun, []]);
    await first.stop();
  });

  test('none are kept where none are asked for', async () => {
    lab = await CountingLab.open(4);
    const { topics } = lab;
    const { transport } = await lab.cluster();
    const copy = new MemoryJobCache();
    const first = await lab.counter({ openCache: () => copy, standbyCopies: 0 });
    const second = await lab.counter({ standbyCopies: 0 });
    await halves(first, second);
    await transport.publish(KEYS.map((key) => one(topics.input, key)));
    expect((await outputOf(transport, topics, KEYS.length)).sort()).toEqual(countsOf(KEYS, 1));
    expect(KEYS.filter((key) => copy.revision(key) !== null)).toHaveLength(2);
    await Promise.all([first.stop(), second.stop()]);
  });
});
