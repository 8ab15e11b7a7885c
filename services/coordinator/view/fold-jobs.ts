import { decode, type IncomingRecord, isWellFormed, JobReport } from '../../../core/mod.ts';
import type { Database, Statement } from '../../platform/view/index.ts';
import { type SeenStatus, STATUSES } from './schema.ts';

type Counts = Record<SeenStatus, number>;

interface KnownJob {
  readonly workflow_type: string;
  readonly revision: number;
  readonly status: SeenStatus;
}

const ENDED: readonly SeenStatus[] = ['completed', 'failed', 'cancelled'];

/** Folds `workflow-events`: each job's latest standing, its story, and the counts of the run that it belongs to. */
export class JobFold {
  private readonly findJob: Statement<KnownJob, [string]>;
  private readonly putJob: Statement;
  private readonly putReport: Statement;
  private readonly runOf: Statement<{ run_id: string }, [string]>;
  private readonly addCounts: Statement;
  private readonly changes: Map<string, Counts> = new Map();

  constructor(db: Database) {
    this.findJob = db.prepare('SELECT workflow_type, revision, status FROM jobs WHERE workflow_id = ?');
    this.putJob = db.prepare(`INSERT INTO jobs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
      version = excluded.version, revision = excluded.revision, status = excluded.status,
      updated_at = excluded.updated_at, result = excluded.result,
      traceparent = coalesce(excluded.traceparent, traceparent),
      problem = CASE WHEN excluded.status IN ('failed', 'parked') THEN coalesce(excluded.problem, problem) END`);
    this.putReport = db.prepare('INSERT OR IGNORE INTO job_reports VALUES (?, ?, ?, ?)');
    this.runOf = db.prepare(
      'SELECT run_id FROM run_workflows JOIN runs USING (run_id) WHERE workflow_id = ?',
    );
    const additions = STATUSES.map((status, at) => `${status} = ${status} + ?${at + 2}`).join(', ');
    this.addCounts = db.prepare(`UPDATE runs SET ${additions} WHERE run_id = ?1`);
  }

  /** Null when applied or a repeat; else why the record was skipped. */
  apply(record: IncomingRecord): string | null {
    const decoded = decode<JobReport>(record.value, JobReport);
    if (!decoded.ok) return decoded.reason;
    const report = decoded.value;
    const workflowId = report['workflow-id'];
    if (!isWellFormed(workflowId)) return 'invalid-message';
    const known = this.findJob.get(workflowId);
    if (known !== null) {
      if (known.workflow_type !== report['workflow-type']) return 'other-type';
      if (report.revision <= known.revision) return null;
      if (ENDED.includes(known.status)) return 'after-end';
    }
    this.store(report, record.headers.traceparent ?? null);
    this.count(workflowId, known?.status ?? null, report.status as SeenStatus);
    return null;
  }

  /** Forgets what a batch that failed has left. */
  begin(): void {
    this.changes.clear();
  }

  /** Writes the batch's changes of the runs' counts. */
  flush(): void {
    for (const [runId, counts] of this.changes) {
      this.addCounts.run(runId, ...STATUSES.map((status) => counts[status]));
    }
    this.changes.clear();
  }

  private store(report: JobReport, traceparent: string | null): void {
    const { 'workflow-id': id, 'workflow-type': type, version, revision, status, time } = report;
    const failure = report.events.findLast(({ event }) => event === 'failed' || event === 'parked');
    const problem = failure !== undefined && 'error' in failure ? JSON.stringify(failure.error) : null;
    const completed = report.events.findLast((event) => event.event === 'completed');
    const told = report.events.map((event) => (event.event === 'completed' ? { event: 'completed' } : event));
    const result = completed === undefined ? null : JSON.stringify(completed.result);
    this.putJob.run(id, type, version, revision, status, time, problem, result, traceparent);
    this.putReport.run(id, revision, time, JSON.stringify(told));
  }

  private count(workflowId: string, before: SeenStatus | null, after: SeenStatus): void {
    if (before === after) return;
    const run = this.runOf.get(workflowId);
    if (run === null) return;
    const counts = this.changes.get(run.run_id) ?? {
      waiting: 0,
      parked: 0,
      completed: 0,
      failed: 0,
      cancelled: 0,
    };
    if (before !== null) counts[before]--;
    counts[after]++;
    this.changes.set(run.run_id, counts);
  }
}
