// Where suspended jobs are kept, where that is neither the log nor the data directory.
import type { Settings } from '../../platform/config.ts';
import { openPool } from '../../platform/store/postgres/pool.ts';
import { type Check, failure, ok, reasonOf, warning } from './check.ts';

const WITHIN_MS = 5_000;
const SKEW_MS = 3_000;

export async function checkJobStore({ jobStore, postgresUrl }: Settings): Promise<readonly Check[]> {
  if (jobStore === 'memory')
    return [warning('jobs', 'are kept in memory: lost when the process ends', 'Leave JOB_STORE unset.')];
  if (jobStore !== 'postgres' || postgresUrl === null) return [ok('jobs', `are kept in: ${jobStore}`)];
  const fix = 'Start the database, or correct POSTGRES_URL.';
  try {
    const limits = { maxConnections: 1, connectTimeoutMs: WITHIN_MS, statementTimeoutMs: WITHIN_MS };
    const pool = openPool(postgresUrl, limits);
    try {
      const rows = await pool.sql`SELECT current_setting('server_version') AS version, now() AS now`;
      const [row] = rows as unknown as readonly { readonly version: string; readonly now: string | Date }[];
      const skewMs = Math.abs(Date.now() - new Date(row?.now ?? Number.NaN).getTime());
      const place = ok('jobs', `${pool.place}, PostgreSQL ${row?.version ?? '?'}`);
      if (!(skewMs > SKEW_MS)) return [place];
      const detail = `the database's differs by ${Math.round(skewMs / 1000)} s from ours`;
      return [place, warning('clock', detail, 'Let both follow NTP.')];
    } finally {
      await pool.end();
    }
  } catch (error) {
    return [failure('jobs', `PostgreSQL: ${reasonOf(error)}`, fix)];
  }
}
