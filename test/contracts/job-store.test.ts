import { afterAll } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryJobStore } from '../../core/workflow/memory-store.ts';
import { openPostgresJobStore } from '../../services/platform/store/postgres/postgres-job-store.ts';
import { openSqliteJobStore } from '../../services/platform/store/sqlite/sqlite-job-store.ts';
import { openEmbedded } from '../../services/platform/transport/embedded/open.ts';
import { describeWith } from '../postgres/describe.ts';
import { findPostgres } from '../postgres/index.ts';
import { jobStoreContract } from './job-store.ts';

const directory = mkdtempSync(join(tmpdir(), 'requite-'));
afterAll(() => rmSync(directory, { recursive: true }));
let count = 0;

jobStoreContract('MemoryJobStore', async () => {
  const store = new MemoryJobStore();
  return { store, close: () => store.close() };
});

jobStoreContract('SQLite', async () => {
  const store = openSqliteJobStore(join(directory, `${count++}`, 'jobs.db'));
  return { store, close: () => store.close() };
});

jobStoreContract('the embedded file', async () => {
  const { jobStore, close } = openEmbedded(join(directory, `${count++}`));
  return { store: jobStore, close };
});

describeWith(
  'on PostgreSQL',
  await findPostgres(),
  (postgres) => postgres.drop(),
  (postgres) => {
    jobStoreContract('PostgreSQL', async () => {
      const store = openPostgresJobStore(await postgres.freshDatabase());
      return { store, close: () => store.close() };
    });
  },
);
