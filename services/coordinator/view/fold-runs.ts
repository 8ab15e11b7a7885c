import { type BillRun, type BillRunPart, firstStanding, type IncomingRecord } from '../../../core/mod.ts';
import type { Database, Statement } from '../../platform/view/index.ts';
import { readRunRecord } from '../run-records.ts';
import type { RunCommandFold } from './fold-run-commands.ts';
import { RunExpansion } from './run-expansion.ts';
import { type Recent, withEnded } from './run-rate.ts';
import { LISTED_STATUSES, STATUSES } from './schema.ts';

interface JobCount {
  readonly status: string;
  readonly count: number;
  readonly latestMs: number | null;
}

/** Folds `billing-runs`: the first run of an id in log order stands, and its parts become its workflows. */
export class RunFold {
  private readonly partitions: number;
  private readonly commands: RunCommandFold;
  private readonly expansion: RunExpansion;
  private readonly findRun: Statement<{ hash: string }, [string]>;
  private readonly putRun: Statement;
  private readonly putConflict: Statement;
  private readonly countJobs: Statement<JobCount, [number]>;
  private readonly endedJobs: Statement<{ second: number; ended: number }, [number]>;
  private readonly ownListed: Statement;

  constructor(db: Database, partitions: number, commands: RunCommandFold) {
    this.commands = commands;
    this.partitions = partitions;
    this.expansion = new RunExpansion(db);
    this.findRun = db.prepare('SELECT hash FROM runs WHERE run_id = ?');
    this.putRun = db.prepare(
      'INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    );
    this.putConflict = db.prepare('INSERT OR IGNORE INTO run_conflicts VALUES (?, ?, ?)');
    this.countJobs = db.prepare(
      `SELECT status, count(*) AS count, max(time_ms) AS latestMs FROM run_workflows JOIN jobs USING (number) JOIN job_kinds USING (kind)
      WHERE run = ? GROUP BY status`,
    );
    this.endedJobs = db.prepare(
      `SELECT time_ms / 1000 AS second, count(*) AS ended FROM run_workflows JOIN jobs USING (number)
      JOIN job_kinds USING (kind) WHERE run = ? AND time_ms IS NOT NULL
      AND status IN ('completed', 'failed', 'cancelled') GROUP BY second`,
    );
    this.ownListed = db.prepare(
      'UPDATE listed_jobs SET run = ?1 WHERE number IN (SELECT number FROM workflows WHERE run = ?1)',
    );
  }

  /** Null when applied or a repeat; else why the record was skipped. */
  apply(record: IncomingRecord): string | null {
    const read = readRunRecord(record, this.partitions);
    switch (read.kind) {
      case 'skip':
        return read.reason;
      case 'part':
        return this.applyPart(read.part);
      case 'run':
        return this.applyRun(read.run, record);
      default:
        return read satisfies never;
    }
  }

  private applyPart(part: BillRunPart): null {
    if (this.findRun.get(part['run-id']) === null) this.expansion.addPart(part);
    return null;
  }

  private applyRun(run: BillRun, { partition, offset, headers }: IncomingRecord): string | null {
    const runId = run['run-id'];
    const first = this.findRun.get(runId);
    if (first !== null) {
      if (first.hash === run['content-hash']) return null;
      this.putConflict.run(runId, run['content-hash'], offset);
      return 'run-conflict';
    }
    const number = this.expansion.expand(run);
    if (number === null) return 'incomplete-run';
    const seen = this.countJobs.all(number);
    const counts = STATUSES.map((each) => seen.find(({ status }) => status === each)?.count ?? 0);
    const { 'create-time': time, 'bill-date': date = null, 'content-hash': hash, count, parts } = run;
    const period = [run.period?.from ?? null, run.period?.to ?? null] as const;
    const updatedMs = Math.max(Date.parse(time), ...seen.map(({ latestMs }) => latestMs ?? 0));
    const recent = JSON.stringify(seen.length === 0 ? [] : this.recentOf(number));
    const named = [run.label ?? null, run['billing-period'] ?? null, run['request-hash'] ?? null] as const;
    const { control, released } = firstStanding(count);
    const standing = [control, released, headers.traceparent ?? null] as const;
    const content = [time, date, ...period, ...named, hash, count, parts] as const;
    this.putRun.run(number, runId, partition, offset, ...content, ...counts, updatedMs, recent, ...standing);
    if (seen.some(({ status }) => LISTED_STATUSES.some((each) => each === status)))
      this.ownListed.run(number);
    this.commands.applyKept(runId);
    return null;
  }

  private recentOf(run: number): Recent {
    const ended = this.endedJobs.all(run).map((row) => [row.second, row.ended] as const);
    return withEnded([], new Map(ended));
  }
}
