import { Database } from 'bun:sqlite';

/** Whether somebody else writes to this SQLite file, and goes on for longer than `waitMs`. */
export function lockIsHeld(file: string, waitMs = 0): boolean {
  const database = new Database(file, { readwrite: true });
  try {
    database.run(`PRAGMA busy_timeout = ${waitMs}`);
    database.run('BEGIN IMMEDIATE');
    database.run('ROLLBACK');
    return false;
  } catch (error) {
    if ((error as { code?: unknown }).code === 'SQLITE_BUSY') return true;
    throw error;
  } finally {
    database.close();
  }
}
