import { afterEach, expect, test } from 'bun:test';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OutgoingRecord } from '../../../core/mod.ts';
import { type Backing, openBacking } from '../../../services/platform/backing.ts';
import { Seeding } from '../../../services/platform/host/seeding.ts';
import { createLogger } from '../../../services/platform/log.ts';
import { readTopic } from '../../support/read-topic.ts';

const logger = createLogger({ logLevel: 'silent', logFormat: 'json' });
const TOPIC = 'samples-go-here';
const samples: readonly OutgoingRecord[] = ['a', 'b', 'c'].map((key, partition) => ({
  topic: TOPIC,
  partition,
  key,
  value: `sample ${key}`,
}));

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (let close = open.pop(); close !== undefined; close = open.pop()) await close();
});

/** An empty log with the topic, opened so many times. */
async function openings(count: number): Promise<Backing[]> {
  const dataDir = mkdtempSync(join(tmpdir(), 'requite-seeding-'));
  const backings = await Promise.all(Array.from({ length: count }, () => openBacking({ dataDir })));
  for (const backing of backings) {
    open.push(() => backing.close());
    await backing.transport.createTopics([{ name: TOPIC, partitions: 3 }]);
  }
  return backings;
}

function seed({ transport }: Backing, what: readonly OutgoingRecord[] = samples): Seeding {
  const seeding = new Seeding({ transport, topic: TOPIC, group: 'who-may-seed', samples: what, logger });
  open.push(() => seeding.stop());
  return seeding;
}

const valuesOn = async ({ transport }: Backing): Promise<unknown[]> =>
  (await readTopic(transport, TOPIC)).map(({ value }) => value).sort();

test('many that start together seed once, and each knows when it is done', async () => {
  const backings = await openings(4);
  const seedings = backings.map((backing) => seed(backing));
  for (const seeding of seedings) expect(await seeding.settled(30_000)).toBe(true);
  for (const backing of backings)
    expect(await valuesOn(backing)).toEqual(['sample a', 'sample b', 'sample c']);
});

test('a topic that holds anything gets no samples', async () => {
  const backings = await openings(1);
  for (const backing of backings) {
    await backing.transport.publish([{ topic: TOPIC, partition: 2, key: 'mine', value: 'mine' }]);
    expect(await seed(backing).settledOrStopped()).toBe(true);
    expect(await valuesOn(backing)).toEqual(['mine']);
  }
});

test('with no samples it is settled at once, and an empty topic stays empty', async () => {
  const backings = await openings(1);
  for (const backing of backings) {
    const seeding = seed(backing, []);
    expect(seeding.isSettled).toBe(true);
    await seeding.stop();
    expect(await valuesOn(backing)).toEqual([]);
  }
});

test('one that is stopped while another holds the group is not settled, and has put nothing there', async () => {
  const [holding, waiting] = await openings(2);
  if (holding === undefined || waiting === undefined) throw new Error('two were asked for');
  const holder = await holding.transport.join({ group: 'who-may-seed', topics: [TOPIC] });
  open.push(() => holder.close());
  while (holder.partitions().length < 3) await holder.poll({ maxRecords: 1, waitMs: 50 });
  const seeding = seed(waiting);
  expect(await seeding.settled(200)).toBe(false);
  await seeding.stop();
  expect(await seeding.settledOrStopped()).toBe(false);
  expect(await valuesOn(waiting)).toEqual([]);
});
