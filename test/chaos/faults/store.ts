import { Database } from 'bun:sqlite';
import { administer, type LocalPostgres } from '../../postgres/index.ts';
import { lockIsHeld } from '../../support/sqlite-lock.ts';
import type { Fault } from '../lanes.ts';

const AWAY_MS = 5_000;
const LOCK_MS = 7_000;
const WAIT_MS = 3_000;

/** kill -9 of PostgreSQL, all its processes, and a new start. */
export function killingPostgres(server: LocalPostgres): Fault {
  const answers = (): Promise<boolean> =>
    administer(server.url, ['SELECT 1']).then(
      () => true,
      () => false, // that is the question
    );
  return {
    kind: 'store',
    restMs: [3_000, 8_000],
    isCalm: true,
    inject: async ({ below }) => {
      const before = await answers();
      const awayMs = below(AWAY_MS);
      await server.kill();
      const during = await answers();
      await Bun.sleep(awayMs);
      await server.start();
      const isProven = before && !during && (await answers());
      return {
        what: `kill -9 of PostgreSQL, started again after ${awayMs} ms`,
        proof: isProven ? 'it answered, did not, and does again' : null,
      };
    },
  };
}

/** The write lock of the SQLite file held by a stranger: nobody else's transaction can write meanwhile. */
export function lockingSqlite(file: string): Fault {
  return {
    kind: 'store',
    restMs: [3_000, 8_000],
    isCalm: true,
    inject: async ({ below }) => {
      const lockMs = 1_000 + below(LOCK_MS);
      const stranger = new Database(file, { readwrite: true });
      try {
        stranger.run(`PRAGMA busy_timeout = ${WAIT_MS}`);
        stranger.run('BEGIN IMMEDIATE');
        const isLocked = lockIsHeld(file);
        await Bun.sleep(lockMs);
        stranger.run('ROLLBACK');
        return {
          what: `SQLite locked for ${lockMs} ms`,
          proof: isLocked ? 'another could not begin to write' : null,
        };
      } finally {
        stranger.close();
      }
    },
  };
}
