import { Database } from 'bun:sqlite';
import { afterEach, expect, test } from 'bun:test';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { MemoryLog } from '../../../core/mod.ts';
import { ViewFileError } from '../../../services/platform/view/index.ts';
import { until } from '../../support/until.ts';
import { flaky, PARTITIONS, TOPIC, things, ViewBench } from './support.ts';

const WAIT_MS = 5_000;
const REBUILT = 'the view is rebuilt from the log';
const benches: ViewBench[] = [];

afterEach(async () => {
  for (const bench of benches.splice(0)) await bench.close();
});

/** A bench whose view has folded a, b and c, and is closed. */
async function foldedBench(): Promise<ViewBench> {
  const bench = await ViewBench.make();
  benches.push(bench);
  await bench.publish('a', 'b', 'c');
  const view = await bench.open();
  expect(await view.caughtUp(WAIT_MS)).toBe(true);
  await view.close();
  return bench;
}

test('a restart goes on from the file: it applies nothing twice', async () => {
  const bench = await foldedBench();
  await bench.publish('a');
  const view = await bench.open();
  expect(await view.caughtUp(WAIT_MS)).toBe(true);
  expect(things(view)).toEqual({ a: 2, b: 1, c: 1 });
  expect(bench.messages()).not.toContain(REBUILT);
});

const damages: readonly [what: string, damage: (file: string) => void][] = [
  [
    'no database',
    (file) => writeFileSync(file, 'this is no database, but it is long enough to look like a header'),
  ],
  ['cut short', (file) => writeFileSync(file, readFileSync(file).subarray(0, 5_000))],
  ['overwritten in the middle', (file) => writeFileSync(file, readFileSync(file).fill(0x5a, 4_096))],
];

for (const [what, damage] of damages) {
  test(`a file that is ${what} is rebuilt from the log, and the log says so`, async () => {
    const bench = await foldedBench();
    damage(bench.file);
    const view = await bench.open();
    expect(await view.caughtUp(WAIT_MS)).toBe(true);
    expect(things(view)).toEqual({ a: 1, b: 1, c: 1 });
    expect(bench.messages()).toContain(REBUILT);
  });
}

test('a file of another version is rebuilt with the new tables', async () => {
  const bench = await foldedBench();
  const view = await bench.open({
    version: 2,
    ddl: 'CREATE TABLE things (value TEXT PRIMARY KEY, times INTEGER NOT NULL, note TEXT)',
    apply: (db, records) => {
      for (const { value } of records)
        db.query('INSERT INTO things VALUES (?, 1, ?)').run(String(value), 'v2');
    },
  });
  expect(await view.caughtUp(WAIT_MS)).toBe(true);
  expect(things(view)).toEqual({ a: 1, b: 1, c: 1 });
  expect(bench.logged.find(({ msg }) => msg === REBUILT)?.reason).toBe('it has version 1.1, not 1.2');
});

test('a file that is ahead of the log is of another log: it is rebuilt', async () => {
  const bench = await foldedBench();
  const another = new MemoryLog({ sleep: (ms) => Bun.sleep(ms) });
  await another.createTopics([{ name: TOPIC, partitions: PARTITIONS }]);
  await another.publish([{ topic: TOPIC, partition: 2, key: null, value: 'new' }]);
  const view = await bench.open({ transport: another });
  expect(await view.waitFor(() => things(view).new, WAIT_MS)).toBe(1);
  expect(things(view)).toEqual({ new: 1 });
  expect(bench.messages()).toContain(REBUILT);
});

test('a database of another program is left alone', async () => {
  const bench = await foldedBench();
  const db = new Database(bench.file);
  db.run('PRAGMA application_id = 7');
  db.close();
  await expect(bench.open()).rejects.toThrow(ViewFileError);
  const left = new Database(bench.file, { readonly: true });
  expect(left.query('SELECT count(*) AS count FROM things').get()).toEqual({ count: 3 });
  left.close();
});

test('a file belongs to one instance at a time, and is free again when its process is killed', async () => {
  const bench = await foldedBench();
  const child = `
    import { MemoryLog } from '${resolve('core/mod.ts')}';
    import { openView } from '${resolve('services/platform/view/index.ts')}';
    const transport = new MemoryLog({ sleep: (ms) => Bun.sleep(ms) });
    await transport.createTopics([{ name: '${TOPIC}', partitions: ${PARTITIONS} }]);
    const quiet = { debug() {}, info() {}, warn() {}, error() {} };
    try {
      await openView({ transport, file: process.argv[1], version: 1, ddl: '', topics: ['${TOPIC}'], apply() {}, logger: quiet });
      process.kill(process.pid, 'SIGKILL');
    } catch (error) {
      console.log(error.name + ': ' + error.message);
      process.exit(3);
    }`;
  const run = (): { status: number | null; signal: string | null; stdout: string } =>
    spawnSync(process.execPath, ['-e', child, bench.file], { encoding: 'utf8' });
  expect(run().signal).toBe('SIGKILL');
  const view = await bench.open();
  const second = run();
  expect(second.status).toBe(3);
  expect(second.stdout).toContain('is in use by another process');
  expect(await view.caughtUp(WAIT_MS)).toBe(true);
}, 20_000);

test('opening needs no log: it shows what the file has, and says what it waits for', async () => {
  const bench = await foldedBench();
  const log = flaky(bench.log);
  log.isAway = true;
  const view = await bench.open({ transport: log.transport });
  expect(things(view)).toEqual({ a: 1, b: 1, c: 1 });
  await until('it to say so', () => view.readiness() === 'no broker answers');
});

test('a view of another log begins again, also where the other log is longer', async () => {
  const bench = await foldedBench();
  const other = new MemoryLog({ sleep: (ms) => Bun.sleep(ms) });
  await other.createTopics([{ name: TOPIC, partitions: PARTITIONS }]);
  const place = { topic: TOPIC, partition: 0, key: null };
  await other.publish(['x', 'y', 'z'].map((value) => ({ ...place, value })));
  const transport = Object.assign(Object.create(other) as MemoryLog, {
    logId: async () => 'another',
    read: other.read.bind(other),
    endOffsets: other.endOffsets.bind(other),
  });
  const view = await bench.open({ transport });
  expect(await view.caughtUp(WAIT_MS)).toBe(true);
  expect(things(view)).toEqual({ x: 1, y: 1, z: 1 });
  expect(bench.messages()).toContain(REBUILT);
});
