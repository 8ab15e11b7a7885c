import type { JobEvent, Problem } from '../../../core/mod.ts';
import type { Database } from '../../platform/view/index.ts';
import type { SeenStatus } from './schema.ts';

/** A job as the view has it. */
export interface JobRow {
  readonly workflowId: string;
  readonly workflowType: string;
  readonly version: number;
  readonly revision: number;
  readonly status: SeenStatus;
  readonly updatedAt: string;
  readonly problem: Problem | null;
  /** What it completed with; undefined for a job that has not completed. */
  readonly result: unknown;
  /** W3C trace context of its span; null where it has none. */
  readonly traceparent: string | null;
}

/** An event of a job's story. What it completed with is left out: that is the job's result. */
export type StoryEvent = { readonly time: string; readonly revision: number } & (
  | Exclude<JobEvent, { event: 'completed' }>
  | { readonly event: 'completed' }
);

/** Jobs of these states are listed: the rare ones, which somebody may want to look at. */
export const LISTED_STATUSES = ['parked', 'failed', 'cancelled'] as const;
export type ListedStatus = (typeof LISTED_STATUSES)[number];

/** A job as it is listed. */
export interface ListedJob {
  readonly workflowId: string;
  readonly workflowType: string;
  readonly version: number;
  readonly revision: number;
  /** Since when it is so, ISO 8601. */
  readonly since: string;
  readonly problem: Problem | null;
  readonly runId: string | null;
}

/** At most so many reports of one job are told. */
const MAX_REPORTS = 5_000;

interface StoredJob extends Omit<JobRow, 'problem' | 'result'> {
  readonly problem: string | null;
  readonly result: string | null;
}

interface ListedRow extends Omit<ListedJob, 'problem'> {
  readonly problem: string | null;
}

/** What is asked of the view about jobs. */
export class JobQueries {
  private readonly db: Database;

  constructor(db: Database) {
    this.db = db;
  }

  find(workflowId: string): JobRow | null {
    const select = `SELECT workflow_id AS workflowId, workflow_type AS workflowType, version, revision, status,
      updated_at AS updatedAt, problem, result, traceparent FROM jobs WHERE workflow_id = ?`;
    const row = this.db.query<StoredJob, [string]>(select).get(workflowId);
    if (row === null) return null;
    const problem = row.problem === null ? null : (JSON.parse(row.problem) as Problem);
    return { ...row, problem, result: row.result === null ? undefined : (JSON.parse(row.result) as unknown) };
  }

  /** Jobs of a state, after a workflow-id ('' for the first), in the order of their ids. */
  list(status: ListedStatus, after: string, limit: number): readonly ListedJob[] {
    // the state stands in the text, as the index of its jobs has it
    const select = `SELECT j.workflow_id AS workflowId, workflow_type AS workflowType, version, revision,
      updated_at AS since, problem, w.run_id AS runId FROM jobs j LEFT JOIN run_workflows w USING (workflow_id)
      WHERE status = '${status}' AND workflow_id > ? ORDER BY workflow_id LIMIT ?`;
    const rows = this.db.query<ListedRow, [string, number]>(select).all(after, limit);
    return rows.map((row) => ({
      ...row,
      problem: row.problem === null ? null : (JSON.parse(row.problem) as Problem),
    }));
  }

  /** What happened to a job, the oldest first. */
  story(workflowId: string): readonly StoryEvent[] {
    const select = `SELECT revision, time, events FROM job_reports WHERE workflow_id = ? ORDER BY revision LIMIT ${MAX_REPORTS}`;
    const reports = this.db
      .query<{ revision: number; time: string; events: string }, [string]>(select)
      .all(workflowId);
    return reports.flatMap(({ revision, time, events }) => {
      return (JSON.parse(events) as JobEvent[]).map((event): StoryEvent => ({ time, revision, ...event }));
    });
  }

  /** How many records of each topic were skipped, by reason. */
  skipped(): readonly { readonly topic: string; readonly reason: string; readonly count: number }[] {
    return this.db.query<{ topic: string; reason: string; count: number }, []>('SELECT * FROM skipped').all();
  }
}
