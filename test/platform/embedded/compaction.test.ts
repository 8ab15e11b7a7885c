import { Database } from 'bun:sqlite';
import { afterEach, beforeEach, expect, test } from 'bun:test';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { IncomingRecord, OutgoingRecord, TopicSpec, Transport } from '../../../core/mod.ts';
import { openDatabase } from '../../../services/platform/store/sqlite/database.ts';
import { LOG_FILE } from '../../../services/platform/transport/embedded/schema.ts';
import { eventually, take } from '../../contracts/support.ts';
import { Stage } from './support.ts';

const EVERY_MS = 50;
const LAG_MS = 60_000;

let stage: Stage;
let nowMs = 1_000_000;
const now = (): number => nowMs;
beforeEach(() => {
  stage = new Stage();
  nowMs = 1_000_000;
});
afterEach(() => stage.clear());

async function compacting(...specs: readonly Partial<TopicSpec>[]): Promise<Transport> {
  const { transport } = stage.open({ compactionEveryMs: EVERY_MS, now });
  await transport.createTopics(
    specs.map((spec) => ({ name: 'latest', partitions: 1, compacted: true, ...spec })),
  );
  return transport;
}

/** So many records, whose keys are 0, 1, … over and over; each value is the record's number. */
function beats(count: number, keys: number, topic = 'latest'): OutgoingRecord[] {
  return Array.from({ length: count }, (_, n) => ({
    topic,
    partition: 0,
    key: String(n % keys),
    value: String(n),
  }));
}

/** Everything that there is to read, up to the end offset. */
async function read(transport: Transport, topic = 'latest'): Promise<readonly IncomingRecord[]> {
  const ends = await transport.endOffsets(topic);
  const reader = await transport.read({ topics: [topic], from: () => 0 });
  const records: IncomingRecord[] = [];
  await eventually('positions come to the end', async () => {
    records.push(...(await reader.poll({ maxRecords: 1_000, waitMs: 0 })));
    return ends.every((end, partition) => reader.position(topic, partition) === end);
  });
  await reader.close();
  return records;
}

const leftOf = (transport: Transport, count: number, topic?: string): Promise<void> =>
  eventually(`${count} records are left`, async () => (await read(transport, topic)).length === count);

test('of each key the last record stays, with its offset; readers come to the end over the gaps', async () => {
  const transport = await compacting({});
  await transport.publish(beats(5_000, 7));
  nowMs += LAG_MS + 1;
  await leftOf(transport, 7);
  const records = await read(transport);
  expect(records.map(({ value }) => Number(value))).toEqual(Array.from({ length: 7 }, (_, n) => 4_993 + n));
  expect(records.map(({ offset }) => offset)).toEqual(records.map(({ value }) => Number(value)));
  expect(await transport.endOffsets('latest')).toEqual([5_000]);
});

test('what is younger than the lag stays, and so does the last of each key that is older', async () => {
  const transport = await compacting({ compactionLagMs: 500 });
  await transport.publish(beats(200, 2));
  nowMs += 300;
  await transport.publish(beats(150, 2));
  nowMs += 201;
  await leftOf(transport, 152);
  nowMs += 501;
  await leftOf(transport, 2);
});

test('tombstones, records without a key and keys that are bytes are told apart', async () => {
  const transport = await compacting({ compactionLagMs: 0 });
  const bytes = (...given: number[]): Uint8Array => Uint8Array.of(0xff, ...given);
  const keys = ['a', '', 'bff01', bytes(1), bytes(2), null];
  const once = keys.map((key) => ({ topic: 'latest', partition: 0, key, value: key === 'a' ? null : 'v' }));
  await transport.publish(Array.from({ length: 50 }, () => once).flat());
  nowMs += 1;
  await leftOf(transport, 5 + 50);
  const left = await read(transport);
  expect(left.filter(({ key }) => key !== null).map(({ key }) => key)).toEqual(keys.slice(0, 5));
  expect(left.find(({ key }) => key === 'a')?.value).toBeNull();
});

test('each partition is for itself, and a topic that is not compacted keeps everything', async () => {
  const transport = await compacting({ name: 'whole', compacted: false }, { partitions: 2 });
  await transport.publish(beats(300, 1, 'whole'));
  await transport.publish(beats(300, 1));
  await transport.publish(beats(120, 1).map((each) => ({ ...each, partition: 1 })));
  nowMs += LAG_MS + 1;
  await leftOf(transport, 2);
  expect((await read(transport)).map(({ value }) => value).sort()).toEqual(['119', '299']);
  expect((await read(transport, 'whole')).length).toBe(300);
});

test('heartbeats do not grow the file for ever', async () => {
  const transport = await compacting({ name: 'instances' });
  const database = new Database(join(stage.directory, 'requite.db'), { readonly: true });
  const pages = (): number =>
    database.query<{ page_count: number }, []>('PRAGMA page_count').get()?.page_count ?? 0;
  const sizes: number[] = [];
  const value = 'x'.repeat(200);
  for (let round = 0; round < 12; round++) {
    await transport.publish(beats(2_000, 3, 'instances').map((each) => ({ ...each, value })));
    nowMs += LAG_MS + 1;
    await leftOf(transport, 3, 'instances');
    sizes.push(pages());
  }
  database.close();
  expect(sizes.at(-1)).toBeLessThanOrEqual((sizes[1] ?? 0) + 5);
});

test('a member that stood in what is gone goes on behind it', async () => {
  const transport = await compacting({});
  await transport.publish(beats(200, 2));
  const member = await transport.join({ group: 'g', topics: ['latest'] });
  expect((await take(member, 3)).at(-1)?.value).toBe('2');
  await member.commit({ records: [], offsets: [{ topic: 'latest', partition: 0, offset: 3 }] });
  nowMs += LAG_MS + 1;
  await leftOf(transport, 2);
  expect((await take(member, 2)).map(({ value }) => value)).toEqual(['198', '199']);
  expect(member.position('latest', 0)).toBe(200);
  await member.rewind();
  expect((await take(member, 2)).map(({ value }) => value)).toEqual(['198', '199']);
});

/** Resolves once all topics have been looked at again, in their order: this one comes last, and is made now. */
async function anotherLook(transport: Transport, topic: string): Promise<void> {
  await transport.createTopics([{ name: topic, partitions: 1, compacted: true, compactionLagMs: 0 }]);
  await transport.publish(beats(200, 1, topic));
  nowMs += 1;
  await leftOf(transport, 1, topic);
}

test('a partition has its turn at most so often, whoever looks', async () => {
  const transport = await compacting({ compactionLagMs: 0 });
  await transport.publish(beats(200, 1));
  nowMs += 1;
  await leftOf(transport, 1);
  await transport.publish(beats(200, 1));
  nowMs += EVERY_MS - 2;
  await anotherLook(transport, 'second');
  expect((await read(transport)).length).toBe(201);
  nowMs += 1;
  await leftOf(transport, 1);
});

test('a partition is passed through again once as much has come as was left', async () => {
  const transport = await compacting({ compactionLagMs: 0 });
  await transport.publish(beats(400, 200));
  nowMs += 1;
  await leftOf(transport, 200);
  await transport.publish(beats(199, 1));
  nowMs += EVERY_MS;
  await anotherLook(transport, 'second');
  expect((await read(transport)).length).toBe(399);
  await transport.publish(beats(1, 1));
  nowMs += EVERY_MS;
  await leftOf(transport, 200);
});

test('a file from before compaction opens; its topics are kept whole until their lag is known', async () => {
  mkdirSync(stage.directory, { recursive: true });
  const path = join(stage.directory, 'requite.db');
  const before = openDatabase(path, { ...LOG_FILE, migrations: LOG_FILE.migrations.slice(0, 2) });
  before.run("INSERT INTO topics VALUES (1, 'old', 1, 1)");
  before.run('INSERT INTO ends VALUES (1, 0, 200)');
  for (let n = 0; n < 200; n++)
    before.run("INSERT INTO records VALUES (1, 0, ?, 0, NULL, 'k', ?)", [n, `${n}`]);
  before.close();
  const transport = await compacting({ name: 'new' });
  await transport.publish(beats(200, 1, 'new'));
  nowMs += LAG_MS + 1;
  await leftOf(transport, 1, 'new');
  expect((await read(transport, 'old')).length).toBe(200);
  await transport.createTopics([{ name: 'old', partitions: 1, compacted: true }]);
  await leftOf(transport, 1, 'old');
  expect((await read(transport, 'old'))[0]).toMatchObject({ key: 'k', value: '199', offset: 199 });
});

test('processes that publish and compact at once, killed with -9: no last word is lost, and readers see all rise', async () => {
  const { transport } = stage.open({ compactionEveryMs: 20 });
  await transport.createTopics([{ name: 'hearts', partitions: 2, compacted: true, compactionLagMs: 5 }]);
  const reader = await transport.read({ topics: ['hearts'], from: () => 0 });
  const seen = new Map<unknown, number>();
  const follow = async (): Promise<boolean> => {
    for (const { key, value } of await reader.poll({ maxRecords: 500, waitMs: 20 })) {
      expect(Number(value)).toBeGreaterThan(seen.get(key) ?? -1);
      seen.set(key, Number(value));
    }
    return true;
  };
  const said = new Map([
    ['a', -1],
    ['b', -1],
  ]);
  for (let round = 0; round < 4; round++) {
    const hearts = [...said].map(([name, last]) => {
      return { name, process: stage.start('heart.ts', name, String(last + 2)) };
    });
    const floor = await sum(transport);
    await eventually('many beats', async () => (await follow()) && (await sum(transport)) > floor + 800);
    for (const { process } of hearts) process.kill('SIGKILL');
    await Promise.all(hearts.map(({ process }) => process.exited));
    for (const { name, process } of hearts) said.set(name, Number(process.said.at(-1) ?? said.get(name)));
  }
  const last = await read(transport, 'hearts');
  for (const [name, beat] of said) {
    for (const key of [0, 1, 2]) {
      const value = Number(last.findLast((each) => each.key === `${name}-${key}`)?.value);
      // one more may have been durable before it was said
      expect([beat, beat + 1]).toContain(value);
    }
  }
  await eventually('most is gone', async () => (await read(transport, 'hearts')).length < 300);
}, 120_000);

async function sum(transport: Transport): Promise<number> {
  return (await transport.endOffsets('hearts')).reduce((total, end) => total + end, 0);
}
