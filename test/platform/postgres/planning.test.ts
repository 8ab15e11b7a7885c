import { afterEach, expect, test } from 'bun:test';
import { job } from '../../contracts/job-store.ts';
import { describeWith } from '../../postgres/describe.ts';
import { administer, findPostgres } from '../../postgres/index.ts';
import { changes, Stores } from './support.ts';

// A store is opened on an empty table, which then grows by thousands of jobs a second. What a call costs must follow
// from what it asks for, not from how many jobs there are, nor from how many there were when its statement was planned.

const stores = new Stores();
afterEach(() => stores.close());

const JOBS = 6_000;
const ASKED = 300;

interface RowsRead {
  readonly whole: number;
  readonly byIndex: number;
}

describeWith(
  'a table that grew',
  await findPostgres(),
  (postgres) => postgres.drop(),
  (postgres) => {
    /** All rows that were read since the table was made; each connection has told by its end. */
    async function rowsRead(url: string): Promise<RowsRead> {
      await stores.close();
      const [row] = await administer(url, [
        `SELECT seq_tup_read::integer AS whole, idx_tup_fetch::integer AS "byIndex" FROM pg_stat_user_tables`,
      ]);
      return row as unknown as RowsRead;
    }

    test('is read by index, and no more of it than is asked for', async () => {
      const url = await postgres.freshDatabase();
      await stores.open(url).save(changes(job('first')));
      await administer(url, [
        'ALTER TABLE requite_jobs SET (autovacuum_enabled = off)',
        'ANALYZE requite_jobs',
      ]);
      const store = stores.open(url, { maxConnections: 1 });
      const asked = Array.from({ length: ASKED }, (_, n) => `job-${n * 7}`);
      const revise = async (ids: readonly string[], revision: number): Promise<void> => {
        expect(await store.save(changes(...ids.map((id) => job(id, { revision, wakeAtMs: 5 }))))).toEqual([]);
      };
      for (let revision = 1; revision <= 12; revision++) await revise(['small'], revision);
      for (let n = 0; n < JOBS; n += 500) {
        await revise(
          Array.from({ length: 500 }, (_, index) => `job-${n + index}`),
          1,
        );
      }
      const before = await rowsRead(url);
      const again = stores.open(url, { maxConnections: 1 });
      for (let n = 0; n < 12; n++) await again.load(['small']);
      expect((await again.load(asked)).size).toBe(ASKED);
      expect((await again.due([0, 1, 2], 5, 10)).length).toBe(10);
      expect(await again.nextDueMs([0, 1, 2])).toBe(5);
      expect(await again.save(changes(...asked.map((id) => job(id, { revision: 2 }))))).toEqual([]);
      const after = await rowsRead(url);
      expect(before.whole).toBeLessThan(20); // the table while it had one row
      expect(after.whole).toBe(before.whole);
      expect(before.byIndex).toBeLessThan(1_000); // an insert reads no row
      expect(after.byIndex - before.byIndex).toBeLessThan(4 * ASKED);
    });

    test('keeps changes of a waiting job on their page (HOT), where nothing changes that is indexed', async () => {
      const url = await postgres.freshDatabase();
      const store = stores.open(url);
      for (let revision = 1; revision <= 21; revision++) {
        await store.save(
          changes(job('a', { revision, input: revision, status: revision < 21 ? 'waiting' : 'failed' })),
        );
      }
      await stores.close();
      const [row] = await administer(url, ['SELECT n_tup_hot_upd::integer AS hot FROM pg_stat_user_tables']);
      expect(row).toEqual({ hot: 20 });
    });
  },
);
