import { Database } from 'bun:sqlite';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { TransportError } from '../../../core/mod.ts';
import { openBacking } from '../backing.ts';
import type { Settings } from '../config.ts';
import { createLogger } from '../log.ts';
import { parsingError, UsageError } from '../topics/arguments.ts';
import { describeLog, logTrouble, openLogAdmin, troubleCode } from '../topics/open.ts';
import { type AuditReport, auditLog } from './audit-log.ts';
import { showAudit } from './show.ts';

const DEFAULT_EXCEPTIONS = 20;
const MAX_EXCEPTIONS = 100_000;

/** What `--help` prints, before the settings. */
export const auditUsage = `Usage: bun run audit [--bills] [--exceptions N] [--json]

Reads the whole log that the services use (the cluster of BROKERS or, without it, DATA_DIR) and says where everything
ended: each workflow, each question, and each record of the topics that they travel on. Services may go on meanwhile.

--bills         also the files in BILLS_DIR: each completed bill has its file with the bytes that the log says, and
                no file is there beside them
--exceptions N  lists so many of the workflows that are not plainly completed, those with faults first (default
                ${DEFAULT_EXCEPTIONS}, at most ${MAX_EXCEPTIONS})
--json          all of it as JSON

What it keeps of each workflow lies in a temporary SQLite file, so that its memory does not grow with the log.

Exits with 0 where the sums add up, 1 where they don't, 2 for a command line or setting that can't be used, 3 where the
log can't be reached. Workflows that wait, failed or were refused are exceptions, and add up; a fault is what must never be: a
bill that changed, a question asked anew with other content, a record that a group went past without a trace, a file that
is missing, extra or other than the log says.
`;

export interface AuditCommand {
  readonly help: boolean;
  readonly bills: boolean;
  readonly exceptions: number;
  readonly json: boolean;
}

/** Reads the words behind `bun run audit`. Throws `UsageError`. */
export function readAuditArguments(words: readonly string[]): AuditCommand {
  const {
    help = false,
    bills = false,
    json = false,
    exceptions = String(DEFAULT_EXCEPTIONS),
  } = parsed(words);
  const most = /^\d{1,6}$/.test(exceptions) ? Number(exceptions) : Number.NaN;
  if (!(most <= MAX_EXCEPTIONS))
    throw new UsageError(
      `--exceptions takes a whole number from 0 to ${MAX_EXCEPTIONS}, not "${exceptions}".`,
    );
  return { help, bills, json, exceptions: most };
}

function parsed(words: readonly string[]) {
  try {
    const options = {
      help: { type: 'boolean', short: 'h' },
      bills: { type: 'boolean' },
      json: { type: 'boolean' },
      exceptions: { type: 'string' },
    } as const;
    return parseArgs({ args: [...words], options }).values;
  } catch (error) {
    throw parsingError(error);
  }
}

export interface AuditOutput {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** The group that serves each type of workflow. */
  readonly groups: Readonly<Record<string, string>>;
  /** Ends it early: what it has made is removed. */
  readonly stopped: AbortSignal;
}

/** Carries out `bun run audit`, and returns the exit code. */
export async function runAudit(
  command: AuditCommand,
  settings: Settings,
  { out, err, groups, stopped }: AuditOutput,
): Promise<number> {
  try {
    const report = await withTemporary(stopped, (db) => audit(command, settings, groups, db));
    out(command.json ? `${JSON.stringify(report, null, 2)}\n` : showAudit(report, titleOf(settings)));
    return report.addsUp ? 0 : 1;
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    err(`${logTrouble(settings, error)}\n`);
    return troubleCode(error);
  }
}

const titleOf = (settings: Settings): string => {
  const log = describeLog(settings);
  return `${log.charAt(0).toUpperCase()}${log.slice(1)}`;
};

async function audit(
  { bills, exceptions }: AuditCommand,
  settings: Settings,
  groups: AuditOutput['groups'],
  db: Database,
): Promise<AuditReport> {
  const admin = await openLogAdmin(settings);
  const logger = createLogger({ logLevel: 'silent', logFormat: 'json' });
  try {
    // no jobs are looked at: no database is asked for
    const backing = await openBacking({ ...settings, jobStore: 'memory' }, logger);
    try {
      const billsDir = bills ? settings.billsDir : null;
      return await auditLog({ transport: backing.transport, admin, db, groups, billsDir, exceptions });
    } finally {
      await backing.close();
    }
  } finally {
    await admin.close();
  }
}

/** Works with an empty database in a directory of its own, which is removed whatever comes. */
async function withTemporary<T>(stopped: AbortSignal, work: (db: Database) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'requite-audit-'));
  const remove = (): void => rmSync(directory, { recursive: true, force: true });
  stopped.addEventListener('abort', remove);
  const db = new Database(join(directory, 'audit.db'), { create: true });
  // nobody reads it after a crash
  db.run('PRAGMA journal_mode = OFF');
  db.run('PRAGMA synchronous = OFF');
  try {
    return await work(db);
  } finally {
    db.close();
    remove();
    stopped.removeEventListener('abort', remove);
  }
}
