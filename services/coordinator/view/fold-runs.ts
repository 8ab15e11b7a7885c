import { type BillRun, type BillRunPart, billWorkflowId, type IncomingRecord } from '../../../core/mod.ts';
import type { Database, Statement } from '../../platform/view/index.ts';
import { readRunRecord } from '../run-records.ts';
import { STATUSES } from './schema.ts';

/** Folds `billing-runs`: the first run of an id in log order stands, and its parts become its workflows. */
export class RunFold {
  private readonly partitions: number;
  private readonly findRun: Statement<{ hash: string }, [string]>;
  private readonly putPart: Statement;
  private readonly partsOf: Statement<{ identifiers: string }, [string, string, number]>;
  private readonly dropParts: Statement;
  private readonly lastRun: Statement<{ number: number | null }, []>;
  private readonly putWorkflow: Statement;
  private readonly releaseReported: Statement;
  private readonly dropUnreported: Statement;
  private readonly putRun: Statement;
  private readonly putConflict: Statement;
  private readonly countJobs: Statement<{ status: string; count: number }, [number]>;

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
    this.releaseReported = db.prepare(
      'UPDATE workflows SET run = NULL, seq = NULL, customer = NULL WHERE run = ? AND number IN (SELECT number FROM jobs)',
    );
    this.dropUnreported = db.prepare('DELETE FROM workflows WHERE run = ?');
    this.putRun = db.prepare('INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
    this.putConflict = db.prepare('INSERT OR IGNORE INTO run_conflicts VALUES (?, ?, ?)');
    this.countJobs = db.prepare(
      `SELECT status, count(*) AS count FROM workflows JOIN jobs USING (number) JOIN job_kinds USING (kind)
      WHERE run = ? GROUP BY status`,
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
    const seen = new Map(this.countJobs.all(number).map(({ status, count }) => [status, count]));
    const counts = STATUSES.map((status) => seen.get(status) ?? 0);
    const { 'create-time': time, 'bill-date': date = null, 'content-hash': hash, count, parts } = run;
    const period = [run.period?.from ?? null, run.period?.to ?? null] as const;
    this.putRun.run(number, runId, partition, offset, time, date, ...period, hash, count, parts, ...counts);
    this.dropParts.run(runId);
    return null;
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
        kept += this.putWorkflow.run(number, seq, billWorkflowId(runId, customer), customer).changes;
      }
    }
    if (seq === run.count && kept === run.count) return true;
    this.releaseReported.run(number);
    this.dropUnreported.run(number);
    return false;
  }
}
