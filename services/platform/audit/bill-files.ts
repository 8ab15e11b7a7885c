import type { Database } from 'bun:sqlite';
import { createHash } from 'node:crypto';
import { opendir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Fault } from '../../../core/mod.ts';

const DDL =
  'CREATE TABLE bill_files (name TEXT PRIMARY KEY, sha256 TEXT NOT NULL, used INTEGER NOT NULL) WITHOUT ROWID';
const BATCH = 1_000;

/** What was found of a directory of bills. */
export interface BillFilesTally {
  readonly directory: string;
  readonly files: number;
  /** Bills of the log whose file has the bytes that the log says. */
  matching: number;
  missing: number;
  differing: number;
  /** Completed, and the bill writer has not come to it. */
  unwritten: number;
  /** Files of bills that the log doesn't have. */
  extra: number;
}

/**
 * The files of a directory of bills, with their hashes, kept in the audit's own database. It knows a bill's file name by
 * itself, so that a mistake in what writes the files is found.
 */
export class BillFiles {
  readonly tally: BillFilesTally;
  readonly #db: Database;

  private constructor(db: Database, directory: string, files: number) {
    this.#db = db;
    this.tally = { directory, files, matching: 0, missing: 0, differing: 0, unwritten: 0, extra: 0 };
  }

  /** Reads the directory as it is now. Throws where it is not there. */
  static async read(db: Database, directory: string): Promise<BillFiles> {
    db.run(DDL);
    const put = db.query('INSERT INTO bill_files VALUES (?, ?, 0)');
    const store = db.transaction((batch: readonly (readonly [string, string])[]) => {
      for (const [name, hash] of batch) put.run(name, hash);
    });
    let files = 0;
    let batch: (readonly [string, string])[] = [];
    for await (const entry of await opendir(directory)) {
      if (!entry.isFile() || !entry.name.endsWith('.txt')) continue;
      files++;
      batch.push([
        entry.name,
        createHash('sha256')
          .update(await readFile(join(directory, entry.name)))
          .digest('hex'),
      ]);
      if (batch.length < BATCH) continue;
      store(batch);
      batch = [];
    }
    store(batch);
    return new BillFiles(db, directory, files);
  }

  /** Compares one bill of the log with its file; null where all is well, or not due yet. */
  check(workflowId: string, hash: string, isWritten: boolean): Fault | null {
    const name = fileNameOf(workflowId);
    const found = this.#db
      .query<{ sha256: string }, [string]>('SELECT sha256 FROM bill_files WHERE name = ?')
      .get(name);
    if (found === null) {
      if (!isWritten) {
        this.tally.unwritten++;
        return null;
      }
      this.tally.missing++;
      return {
        code: 'bill-missing',
        detail: `it completed, but ${name} is not there: bun run bills restore writes it`,
      };
    }
    this.#db.query('UPDATE bill_files SET used = 1 WHERE name = ?').run(name);
    if (found.sha256 === hash) {
      this.tally.matching++;
      return null;
    }
    this.tally.differing++;
    return {
      code: 'bill-differs',
      detail: `${name} has other bytes (SHA-256 ${found.sha256}) than the log says (${hash})`,
    };
  }

  /** Names of files that no bill of the log has, at most `limit`; counts them all. */
  extras(limit: number): readonly string[] {
    const { extra } = this.#db
      .query<{ extra: number }, []>('SELECT count(*) AS extra FROM bill_files WHERE used = 0')
      .get() ?? { extra: 0 };
    this.tally.extra = extra;
    return this.#db
      .query<{ name: string }, [number]>('SELECT name FROM bill_files WHERE used = 0 ORDER BY name LIMIT ?')
      .all(limit)
      .map(({ name }) => name);
  }
}

/** The file of a bill: its workflow-id where that is safe as a name and no hash itself, else the id's SHA-256. */
function fileNameOf(workflowId: string): string {
  const isSafe = /^[A-Za-z0-9_-]{1,128}$/.test(workflowId) && !/^[0-9a-f]{64}$/i.test(workflowId);
  return `${isSafe ? workflowId : createHash('sha256').update(workflowId).digest('hex')}.txt`;
}
