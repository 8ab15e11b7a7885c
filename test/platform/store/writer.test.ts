import { Database } from 'bun:sqlite';
import { afterAll, describe, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Job } from '../../../core/mod.ts';
import { openSqliteJobStore } from '../../../services/platform/store/sqlite/sqlite-job-store.ts';
import { Writer } from '../../../services/platform/store/sqlite/writer.ts';
import { LogFile } from '../../../services/platform/transport/embedded/log-file.ts';

/** What `PRAGMA synchronous` says: with FULL each transaction is flushed to the disk, with NORMAL not. */
const NORMAL = 1;
const FULL = 2;

const directory = mkdtempSync(join(tmpdir(), 'requite-'));
afterAll(() => rmSync(directory, { recursive: true }));

const levelIn = (writer: Writer, database: Database, durable: boolean): Promise<number | undefined> =>
  writer.write(() => database.query<{ synchronous: number }, []>('PRAGMA synchronous').get()?.synchronous, {
    durable,
  });

describe('what is flushed to the disk', () => {
  test('each transaction, unless one need not be, or fsync is off', async () => {
    const database = new Database(join(directory, 'a.db'));
    database.run('PRAGMA journal_mode = WAL');
    const flushing = new Writer(database);
    expect([await levelIn(flushing, database, true), await levelIn(flushing, database, false)]).toEqual([
      FULL,
      NORMAL,
    ]);
    expect(await levelIn(flushing, database, true)).toBe(FULL);
    expect(await levelIn(new Writer(database, { fsync: false }), database, true)).toBe(NORMAL);
    database.close();
  });

  test('the embedded log is flushed as it is opened', async () => {
    for (const fsync of [true, false]) {
      const file = LogFile.acquire(join(directory, `log-${fsync}`), { fallbackPollMs: 100, fsync });
      expect(await levelIn(file.writer, file.database, true)).toBe(fsync ? FULL : NORMAL);
      await file.release();
    }
  });

  test('a job store that is not flushed has its jobs when it is opened again', async () => {
    const path = join(directory, 'jobs.db');
    const job = { workflowId: 'a', partition: 0, revision: 1, status: 'parked', wakeAtMs: null } as Job;
    const first = openSqliteJobStore(path, { fsync: false });
    expect(await first.save([{ job }])).toEqual([]);
    await first.close();
    const again = openSqliteJobStore(path);
    expect((await again.load(['a'])).get('a')).toEqual(job);
    await again.close();
  });
});
