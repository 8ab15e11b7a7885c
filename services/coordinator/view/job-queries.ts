import { decode, type JobEvent, JobReport, type Problem } from '../../../core/mod.ts';
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

/** A job as it is kept, with its latest report as it came. */
interface StoredJob
  extends Pick<JobRow, 'workflowId' | 'workflowType' | 'revision' | 'status' | 'traceparent'> {
  readonly problem: string | null;
  readonly report: string;
}

interface ListedRow extends Pick<ListedJob, 'workflowId' | 'workflowType' | 'revision' | 'runId'> {
  readonly problem: string | null;
  readonly report: string;
}

/** What is asked of the view about jobs. */
export class JobQueries {
  private readonly db: Database;

  constructor(db: Database) {
    this.db = db;
  }

  find(workflowId: string): JobRow | null {
    const select = `SELECT workflow_id AS workflowId, workflow_type AS workflowType, revision, status, problem,
      traceparent, value AS report FROM workflows JOIN job_reports ON id = report WHERE workflow_id = ?`;
    const row = this.db.query<StoredJob, [string]>(select).get(workflowId);
    if (row === null) return null;
    const { report, problem, ...job } = row;
    const { version, time: updatedAt, events } = reportIn(report);
    const completed = events.findLast((event) => event.event === 'completed');
    return { ...job, version, updatedAt, problem: problemIn(problem), result: completed?.result };
  }

  /** Jobs of a state, after a workflow-id ('' for the first), in the order of their ids. */
  list(status: ListedStatus, after: string, limit: number): readonly ListedJob[] {
    // the state stands in the text, as the index of its jobs has it
    const select = `SELECT workflow_id AS workflowId, workflow_type AS workflowType, revision, problem,
      run_id AS runId, value AS report FROM workflows JOIN job_reports ON id = report
      LEFT JOIN runs ON runs.number = run WHERE status = '${status}' AND workflow_id > ? ORDER BY workflow_id LIMIT ?`;
    const listed: ListedJob[] = [];
    // one by one: a report may be large, and only a little of it is kept
    for (const row of this.db.query<ListedRow, [string, number]>(select).iterate(after, limit)) {
      const { report, problem, ...job } = row;
      const { version, time: since } = reportIn(report);
      listed.push({ ...job, version, since, problem: problemIn(problem) });
    }
    return listed;
  }

  /** What happened to a job, the oldest first. */
  story(workflowId: string): readonly StoryEvent[] {
    const select = `WITH RECURSIVE chain (id) AS (
        SELECT report FROM workflows WHERE workflow_id = ? AND report IS NOT NULL
        UNION ALL SELECT previous FROM chain JOIN job_reports USING (id) WHERE previous IS NOT NULL
      ) SELECT value FROM chain JOIN job_reports USING (id) ORDER BY id LIMIT ${MAX_REPORTS}`;
    const reports = this.db.query<{ value: string }, [string]>(select).all(workflowId);
    return reports.flatMap(({ value }) => {
      const { time, revision, events } = reportIn(value);
      return events.map(
        (event): StoryEvent =>
          event.event === 'completed' ? { time, revision, event: event.event } : { time, revision, ...event },
      );
    });
  }

  /** How many records of each topic were skipped, by reason. */
  skipped(): readonly { readonly topic: string; readonly reason: string; readonly count: number }[] {
    return this.db.query<{ topic: string; reason: string; count: number }, []>('SELECT * FROM skipped').all();
  }
}

/** A report that the fold has taken in. It was read in the same way then, so that it is one. */
function reportIn(value: string): JobReport {
  const decoded = decode<JobReport>(value, JobReport);
  if (decoded.ok) return decoded.value;
  throw new Error(
    `a report in the view is none: ${decoded.detail}. Delete the view's file: it is made anew.`,
  );
}

const problemIn = (value: string | null): Problem | null =>
  value === null ? null : (JSON.parse(value) as Problem);
