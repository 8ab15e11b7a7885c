// Jobs in a SQLite file beside a log, whose disk fills, is limited, or which another process locks (invariant 5).
import { afterEach, expect, test } from 'bun:test';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type JobStore, TransportError } from '../../core/mod.ts';
import { openSqliteJobStore } from '../../services/platform/store/sqlite/sqlite-job-store.ts';
import { openEmbedded } from '../../services/platform/transport/embedded/open.ts';
import { until } from '../support/until.ts';
import { beside, Greetings } from './greetings.ts';
import { diskFault, smallDisk } from './small-disk.ts';

const undo: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each();
});

async function serve(jobStore: JobStore): Promise<Greetings> {
  const log = openEmbedded(mkdtempSync(join(tmpdir(), 'requite-log-')));
  undo.push(
    () => log.close(),
    () => jobStore.close(),
  );
  const greetings = await Greetings.serve(beside(log.transport, jobStore));
  undo.push(() => greetings.stop());
  return greetings;
}

test(`${diskFault}: the engine waits, says so, and loses nothing when there is room`, async () => {
  const disk = smallDisk(16);
  undo.push(() => disk.remove());
  const greetings = await serve(openSqliteJobStore(join(disk.directory, 'jobs.db')));
  await greetings.ask(10);
  await greetings.allCompleted();
  await greetings.ask(500);
  disk.fill();
  undo.push(() => disk.free());
  await askUntilDown(greetings);
  expect(greetings.readiness()).toMatch(/jobs\.db can't .*disk.*SQLITE_(FULL|IOERR)/);
  expect(await greetings.metrics()).toContain('requite_store_up{store="sqlite"} 0');
  disk.free();
  await greetings.allCompleted();
  await until('the store to be up', async () =>
    (await greetings.metrics()).includes('requite_store_up{store="sqlite"} 1'),
  );
  expect(greetings.readiness()).toBe('running');
}, 60_000);

test('another process locks the jobs for longer than a write waits: they go on when it lets go', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'requite-jobs-')), 'jobs.db');
  const greetings = await serve(openSqliteJobStore(file, { writeTimeoutMs: 300 }));
  const release = await lock(file);
  await askUntilDown(greetings);
  expect(greetings.readiness()).toMatch(/jobs\.db stays locked by another process/);
  await release();
  await greetings.allCompleted();
}, 60_000);

/** Some at a time, since a file that has grown before takes a few more. */
async function askUntilDown(greetings: Greetings): Promise<void> {
  await until('the store to fail', async () => {
    // where the disk is not the jobs' alone, the log refuses too: then that was not acknowledged
    await greetings.ask(200).catch((error: unknown) => expect(error).toBeInstanceOf(TransportError));
    return (await greetings.metrics()).includes('requite_store_up{store="sqlite"} 0');
  });
  await until('the engine to say so', () => greetings.readiness() !== 'running');
}

/** A process that holds the file's write lock, until it is told to end. */
async function lock(file: string): Promise<() => Promise<void>> {
  const held = `${file}.held`;
  const program = `
    const { Database } = require('bun:sqlite');
    const db = new Database(${JSON.stringify(file)});
    db.run('PRAGMA busy_timeout = 5000');
    db.run('BEGIN IMMEDIATE');
    require('node:fs').writeFileSync(${JSON.stringify(held)}, '');
    process.stdin.resume().on('end', () => process.exit(0));
  `;
  const holder = Bun.spawn([process.execPath, '-e', program], { stdin: 'pipe' });
  undo.push(() => holder.kill('SIGKILL'));
  await until('the lock', () => existsSync(held));
  return async () => {
    holder.stdin.end();
    await holder.exited;
  };
}
