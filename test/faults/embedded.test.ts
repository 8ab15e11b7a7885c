// The embedded log and its jobs, in one file whose disk fills or fails (invariants 5 and 6).
import { afterEach, expect, test } from 'bun:test';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Backing, openBacking } from '../../services/platform/bun.ts';
import { Greetings } from './greetings.ts';
import { askUntilRefused, type Survival, survive } from './refusal.ts';
import { diskFault, smallDisk } from './small-disk.ts';

const undo: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each();
});

async function open(dataDir: string): Promise<Backing> {
  const backing = await openBacking({ dataDir });
  undo.push(() => backing.close());
  return backing;
}

async function serve(backing: Backing): Promise<Greetings> {
  const greetings = await Greetings.serve(backing);
  undo.push(() => greetings.stop());
  await greetings.ask(10);
  await greetings.allCompleted();
  return greetings;
}

test(`${diskFault}: publishing is refused, and all that was not goes on when there is room`, async () => {
  const disk = smallDisk(2);
  undo.push(() => disk.remove());
  const backing = await open(disk.directory);
  const greetings = await serve(backing);
  disk.fill();
  undo.push(() => disk.free());
  const survival = await survive(greetings, () => disk.free());
  expect(survival).toMatchObject({ code: 'unavailable', canRetry: true, wasDown: true });
  expect(survival.message).toMatch(/requite\.db can't .*disk.*(SQLITE_FULL|SQLITE_IOERR)/);
});

test('a disk that refuses writes with another error (a limit of file sizes): the same', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'requite-ioerr-'));
  const child = Bun.spawn([process.execPath, join(import.meta.dir, 'fixtures/limited.ts'), dataDir], {
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const [said, complaint] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  expect([await child.exited, complaint]).toEqual([0, '']);
  const survival = JSON.parse(said) as Survival;
  expect(survival).toMatchObject({ code: 'unavailable', canRetry: true, wasDown: true });
  expect(survival.message).toMatch(/requite\.db can't be read or written.*SQLITE_IOERR/);
});

test('many topics and publishers in one transaction that is undone: nothing is remembered of it', async () => {
  const disk = smallDisk(2);
  undo.push(() => disk.remove());
  const { transport } = await open(disk.directory);
  disk.fill();
  const value = 'x'.repeat(50_000);
  const record = (topic: string) => ({ topic, partition: 0, key: null, value });
  const create = (name: string): Promise<void> => transport.createTopics([{ name, partitions: 1 }]);
  // large enough to be refused, whatever the file had in reserve; both share a transaction
  const lost = Array.from({ length: 40 }, () => record('lost'));
  const both = await Promise.allSettled([create('lost'), transport.publish(lost)]);
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  disk.free();
  await create('another');
  await expect(transport.publish([record('lost')])).rejects.toMatchObject({ code: 'unknown-topic' });
  expect(await transport.endOffsets('another')).toEqual([0]);
});

test('closing while the disk is full ends in time, and the next process finds all that was acknowledged', async () => {
  const disk = smallDisk(2);
  undo.push(() => disk.remove());
  const first = await open(disk.directory);
  const greetings = await serve(first);
  disk.fill();
  undo.push(() => disk.free());
  await askUntilRefused(greetings);
  await greetings.stop();
  await first.close();
  disk.free();
  const again = await Greetings.serve(await open(disk.directory));
  undo.push(() => again.stop());
  await again.allCompleted(greetings.asked());
});
