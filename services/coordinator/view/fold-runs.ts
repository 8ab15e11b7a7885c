import {
  type BillRun,
  type BillRunPart,
  type IncomingRecord,
  MAX_ID_LENGTH,
  workflowIdIn,
} from '../../../core/mod.ts';
import type { Database, Statement } from '../../platform/view/index.ts';
import { readRunRecord } from '../run-records.ts';
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
  private readonly findRun: Statement<{ hash: string }, [string]>;
  private readonly putPart: Statement;
  private readonly partsOf: Statement<{ identifiers: string }, [string, string, number]>;
  private readonly dropParts: Statement;
  private readonly lastRun: Statement<{ number: number | null }, []>;
  private readonly putWorkflow: Statement;
  private readonly joinRun: Statement;
  private readonly markFurther: Statement;
  private readonly leaveRun: Statement;
  private readonly releaseReported: Statement;
  private readonly dropUnreported: Statement;
  private readonly putRun: Statement;
  private readonly putConflict: Statement;
  private readonly countJobs: Statement<JobCount, [number]>;
  private readonly endedJobs: Statement<{ second: number; ended: number }, [number]>;
  private readonly ownListed: Statement;

  constructor(db: Database, partitions: number) {
    this.partitions = partitions;
    this.findRun = db.prepare('SELECT hash FROM runs WHERE run_id = ?');
    this.putPart = db.prepare('INSERT OR REPLACE INTO run_parts VALUES (?, ?, ?, ?)');
    this.partsOf = db.prepare(
      'SELECT identifiers FROM run_parts WHERE run_id = ? AND hash = ? AND part < ? ORDER BY part',
    );
    this.dropParts = db.prepare('DELETE FROM run_parts WHERE run_id = ?');
    this.lastRun = db.prepare('SELECT max(number) AS number FROM runs');
    this.putWorkflow = db.prepare(`INSERT INTO workflows (run, seq, workflow_id, customer) VALUES (?, ?, ?, ?)
      ON CONFLICT (workflow_id) DO UPDATE SET run = excluded.run, seq = excluded.seq, customer = excluded.customer
      WHERE run IS NULL`);
    this.joinRun = db.prepare(`INSERT OR IGNORE INTO further_runs
      SELECT ?1, ?2, number FROM workflows WHERE workflow_id = ?3 AND run <> ?1`);
    this.markFurther = db.prepare('UPDATE workflows SET further = 1 WHERE workflow_id = ?');
    this.leaveRun = db.prepare('DELETE FROM further_runs WHERE run = ?');
    this.releaseReported = db.prepare(
      'UPDATE workflows SET run = NULL, seq = NULL, customer = NULL WHERE run = ? AND number IN (SELECT number FROM jobs)',
    );
    this.dropUnreported = db.prepare('DELETE FROM workflows WHERE run = ?');
    this.putRun = db.prepare(
      'INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
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
    const known = this.findRun.get(part['run-id']) !== null;
    const identifiers = JSON.stringify(part.identifiers);
    if (!known) this.putPart.run(part['run-id'], part['content-hash'], part.part, identifiers);
    return null;
  }

  private applyRun(run: BillRun, { partition, offset }: IncomingRecord): string | null {
    const runId = run['run-id'];
    const first = this.findRun.get(runId);
    if (first !== null) {
      if (first.hash === run['content-hash']) return null;
      this.putConflict.run(runId, run['content-hash'], offset);
      return 'run-conflict';
    }
    const number = (this.lastRun.get()?.number ?? 0) + 1;
    if (!this.expand(run, number)) return 'incomplete-run';
    const seen = this.countJobs.all(number);
    const counts = STATUSES.map((each) => seen.find(({ status }) => status === each)?.count ?? 0);
    const { 'create-time': time, 'bill-date': date = null, 'content-hash': hash, count, parts } = run;
    const period = [run.period?.from ?? null, run.period?.to ?? null] as const;
    const updatedMs = Math.max(Date.parse(time), ...seen.map(({ latestMs }) => latestMs ?? 0));
    const recent = JSON.stringify(seen.length === 0 ? [] : this.recentOf(number));
    const named = [run.label ?? null, run['billing-period'] ?? null, run['request-hash'] ?? null] as const;
    const content = [time, date, ...period, ...named, hash, count, parts] as const;
    this.putRun.run(number, runId, partition, offset, ...content, ...counts, updatedMs, recent);
    if (seen.some(({ status }) => LISTED_STATUSES.some((each) => each === status)))
      this.ownListed.run(number);
    this.dropParts.run(runId);
    return null;
  }

  private recentOf(run: number): Recent {
    const ended = this.endedJobs.all(run).map((row) => [row.second, row.ended] as const);
    return withEnded([], new Map(ended));
  }

  /** Makes workflows of a run's parts; false, and nothing is left, where they are not what the run says. */
  private expand(run: BillRun, number: number): boolean {
    const runId = run['run-id'];
    let seq = 0;
    let kept = 0;
    for (const { identifiers } of this.partsOf.iterate(runId, run['content-hash'], run.parts)) {
      for (const customer of JSON.parse(identifiers) as string[]) {
        seq++;
        if (seq > run.count) break;
        kept += this.take(run, number, seq, customer);
      }
    }
    if (seq === run.count && kept === run.count) return true;
    this.leaveRun.run(number);
    this.releaseReported.run(number);
    this.dropUnreported.run(number);
    return false;
  }

  /** Makes a workflow one of the run's; how many it has more, 1 or 0. Only a bill of a billing period may be another run's too. */
  private take(run: BillRun, number: number, seq: number, customer: string): number {
    const workflowId = workflowIdIn(run, customer);
    if (workflowId.length > MAX_ID_LENGTH) return 0;
    const isFirst = this.putWorkflow.run(number, seq, workflowId, customer).changes === 1;
    if (isFirst || run['billing-period'] === undefined) return isFirst ? 1 : 0;
    this.markFurther.run(workflowId);
    return this.joinRun.run(number, seq, workflowId).changes;
  }
}
