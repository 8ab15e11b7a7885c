import { Database } from 'bun:sqlite';
import { afterEach, expect, test } from 'bun:test';
import { closeSync, openSync, rmSync, statSync, truncateSync, writeSync } from 'node:fs';
import { DamagedCacheError, type JobCache } from '../../../../services/platform/store/kafka/cache.ts';
import { jobsTopicOf } from '../../../../services/platform/store/kafka/jobs-topic.ts';
import { MemoryJobCache } from '../../../../services/platform/store/kafka/memory-cache.ts';
import {
  type Cluster,
  describeWithBroker,
  describeWithCluster,
  startCluster,
} from '../../../broker/index.ts';
import { until } from '../../../support/until.ts';
import { countsOf, one, outputOf } from './counting.ts';
import { CountingLab } from './lab.ts';

/** As a cache that went wrong would have it: no topic says so. */
const FALSE_COUNT = 1_000;

function change(copy: string, statement: string): void {
  const database = new Database(copy);
  database.run(statement);
  database.close();
}

const falsify = (copy: string): void =>
  change(copy, `UPDATE jobs SET body = json_set(body, '$.input', ${FALSE_COUNT})`);

/** Zeros in the midst of the file, where its tables are. */
function overwrite(copy: string, from: number): void {
  const file = openSync(copy, 'r+');
  writeSync(file, Buffer.alloc(Math.max(0, statSync(copy).size - from)), 0, undefined, from);
  closeSync(file);
}

/** Counts so many more of one key with a member that comes and goes. */
async function countMore(lab: CountingLab, more: number, total: number): Promise<string[]> {
  const { topics } = lab;
  const { transport } = await lab.cluster();
  await transport.publish(Array.from({ length: more }, () => one(topics.input, '0-a')));
  const member = await lab.counter();
  const output = await outputOf(transport, topics, total);
  await member.stop();
  return output;
}

describeWithBroker('the copy of the jobs on this machine', () => {
  let lab: CountingLab | null = null;
  afterEach(() => lab?.close());

  test('it is taken up where it stands, without reading again what it has', async () => {
    lab = await CountingLab.open(1);
    expect(await countMore(lab, 3, 3)).toEqual(countsOf(['0-a'], 3));
    falsify(lab.copy);
    const output = await countMore(lab, 1, 4);
    expect(output.at(-1)).toBe(`0-a ${FALSE_COUNT + 1}`);
  });

  const harms: [string, (copy: string) => void][] = [
    ['lost', (copy) => rmSync(copy)],
    ['of another cluster', (copy) => change(copy, "UPDATE source SET name = 'kafka:another/jobs'")],
    ['beyond the end of the topic', (copy) => change(copy, 'UPDATE positions SET next = 999999')],
    ['older than deletions are kept', (copy) => change(copy, 'UPDATE positions SET at_ms = 1')],
    ['no database', (copy) => overwrite(copy, 0)],
    ['damaged inside', (copy) => overwrite(copy, 4_096)],
    ['cut off', (copy) => truncateSync(copy, 8_192)],
    ['of a format that is not known', (copy) => change(copy, 'PRAGMA user_version = 99')],
  ];
  test('where it can not be used it is made anew from the topic', async () => {
    lab = await CountingLab.open(1);
    let total = 2;
    await countMore(lab, 2, total);
    for (const [, harm] of harms) {
      falsify(lab.copy);
      harm(lab.copy);
      total += 2;
      expect(await countMore(lab, 2, total)).toEqual(
        Array.from({ length: total }, (_, index) => `0-a ${index + 1}`),
      );
    }
  });

  test('damage that shows while it is used costs nothing but reading the topic again', async () => {
    lab = await CountingLab.open(2);
    const { topics } = lab;
    const made: MemoryJobCache[] = [];
    let isDamaged = false;
    class Damaged extends MemoryJobCache {
      override load(ids: readonly string[]): ReturnType<JobCache['load']> {
        if (isDamaged && made[0] === this) throw new DamagedCacheError('a page is no page');
        return super.load(ids);
      }
    }
    const openCache = (): JobCache => {
      const cache = new Damaged();
      made.push(cache);
      return cache;
    };
    const member = await lab.counter({ openCache });
    const { transport } = await lab.cluster();
    const all = ['0-a', '1-b'].map((key) => one(topics.input, key));
    await transport.publish([...all, ...all]);
    await outputOf(transport, topics, 4);
    isDamaged = true;
    await transport.publish(all);
    expect((await outputOf(transport, topics, 6)).sort()).toEqual(countsOf(['0-a', '1-b'], 3));
    expect([made.length, member.failures]).toEqual([2, ['unavailable']]);
    await member.stop();
  });

  test('what it refuses while it is made is read again', async () => {
    lab = await CountingLab.open(1);
    await countMore(lab, 2, 2);
    let refusals = 0;
    class Refusing extends MemoryJobCache {
      override restore(...told: Parameters<JobCache['restore']>): void {
        if (refusals++ < 2) throw new Error('the disk is full');
        super.restore(...told);
      }
    }
    const member = await lab.counter({ openCache: () => new Refusing() });
    const { transport } = await lab.cluster();
    await transport.publish([one(lab.topics.input, '0-a')]);
    expect(await outputOf(transport, lab.topics, 3)).toEqual(countsOf(['0-a'], 3));
    expect(refusals).toBe(3);
    await member.stop();
  });

  test('two processes with one directory have a file each', async () => {
    lab = await CountingLab.open(2);
    const { topics } = lab;
    const { transport } = await lab.cluster();
    const members = [await lab.counter(), await lab.counter()];
    await until('both to have a partition', () =>
      members.every((each) => each.consumer.partitions().length === 1),
    );
    await transport.publish(['0-a', '1-b', '0-a', '1-b'].map((key) => one(topics.input, key)));
    expect((await outputOf(transport, topics, 4)).sort()).toEqual(countsOf(['0-a', '1-b'], 2));
    for (const each of members) await each.stop();
    expect(statSync(lab.copy.replace('0.db', '1.db')).size).toBeGreaterThan(0);
  });
});

describeWithCluster('a jobs topic that was compacted', () => {
  let lab: CountingLab | null = null;
  let cluster: Cluster | null = null;
  afterEach(async () => {
    await lab?.close();
    await cluster?.close();
  });

  test('gives back the last of each job, past the gaps that compaction leaves', async () => {
    cluster = await startCluster({ settings: { 'log.cleaner.backoff.ms': 200 } });
    lab = await CountingLab.open(1, cluster.brokers);
    const { topics } = lab;
    const { transport } = await lab.cluster();
    const name = jobsTopicOf(topics.group);
    await transport.createTopics([{ name, partitions: 1, compacted: true, compactWithinMs: 300 }]);
    let total = 0;
    const countOne = async (): Promise<string[]> => countMore(lab as CountingLab, 1, ++total);
    for (let round = 0; round < 3; round++) await countOne();
    await until('the first revisions to be gone', async () => {
      await countOne(); // only a segment that is closed is compacted, and only a later record closes it
      const reader = await transport.read({ topics: [name], from: () => 0 });
      const [first] = await reader.poll({ maxRecords: 1, waitMs: 1_000 });
      await reader.close();
      return first !== undefined && first.offset > 0;
    });
    rmSync(lab.copy);
    expect(await countOne()).toEqual(Array.from({ length: total }, (_, index) => `0-a ${index + 1}`));
  });
});
