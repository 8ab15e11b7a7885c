import { decode, isoTime, type JobEvent, JobReport, type Problem } from '../../../core/mod.ts';
import type { Database } from '../../platform/view/index.ts';
import { type KeptReport, ReportLog } from './report-log.ts';
import type { ListedStatus, SeenStatus } from './schema.ts';

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

/** Which jobs of a state are wanted. */
export interface JobFilter {
  readonly workflowType: string;
  /** Of its problem; '' for those that say none. */
  readonly code: string;
}

/** How many jobs there are of a reason and a type. */
export interface JobReason extends JobFilter {
  readonly count: number;
  /** What one of them says. */
  readonly message: string;
}

/** A job of a run that became parked, failed or cancelled and still is, with the place of the report that said so. */
export interface ListedEvent {
  readonly workflowId: string;
  readonly customerIdentifier: string;
  readonly status: ListedStatus;
  /** ISO 8601; null where the report said no time. */
  readonly since: string | null;
  readonly problem: Problem | null;
  readonly partition: number;
  readonly offset: number;
}

/** So many jobs are counted by their reasons, and so many reasons told. */
export const JOBS_COUNTED = 100_000;
const REASONS_MAX = 100;
/** The code of a job's problem, as it is kept. */
const CODE = "coalesce(json_extract(problem, '$.code'), '')";

/** How a workflow stands, by its id. */
export interface NamedJob {
  readonly workflowId: string;
  readonly status: SeenStatus;
  readonly problem: Problem | null;
}

interface NamedRow extends Omit<NamedJob, 'problem'> {
  readonly problem: string | null;
}

/** At most so many reports of one job are told. */
const MAX_REPORTS = 5_000;

/** A job as it is kept, with the ids of its latest report and of the latest one that had a trace context. */
interface StoredJob extends Pick<JobRow, 'workflowId' | 'workflowType' | 'revision' | 'status'> {
  readonly problem: string | null;
  readonly report: number;
  readonly traced: number | null;
}

interface ListedEventRow extends Omit<ListedEvent, 'since' | 'problem'> {
  readonly timeMs: number | null;
  readonly problem: string | null;
}

interface ListedRow extends Pick<ListedJob, 'workflowId' | 'workflowType' | 'revision' | 'runId'> {
  readonly problem: string | null;
  readonly report: number;
}

/** What is asked of the view about jobs. */
export class JobQueries {
  private readonly db: Database;
  private readonly reports: ReportLog;

  constructor(db: Database) {
    this.db = db;
    this.reports = new ReportLog(db);
  }

  find(workflowId: string): JobRow | null {
    const select = `SELECT workflow_id AS workflowId, workflow_type AS workflowType, revision, status, problem,
      report, traced FROM workflows JOIN jobs USING (number) JOIN job_kinds USING (kind) WHERE workflow_id = ?`;
    const row = this.db.query<StoredJob, [string]>(select).get(workflowId);
    if (row === null) return null;
    const { report, traced, problem, ...job } = row;
    const latest = this.kept(report);
    const { version, time: updatedAt, events } = reportIn(latest);
    const completed = events.findLast((event) => event.event === 'completed');
    const { traceparent } = traced === null || traced === report ? latest : this.kept(traced);
    const result = completed?.result;
    return { ...job, version, updatedAt, problem: problemIn(problem), result, traceparent };
  }

  /** Jobs of a state, after a workflow-id ('' for the first), in the order of their ids. */
  list(
    status: ListedStatus,
    after: string,
    limit: number,
    only: JobFilter | null = null,
  ): readonly ListedJob[] {
    const isWanted = only === null ? '' : `AND workflow_type = ? AND ${CODE} = ?`;
    const select = `SELECT listed.workflow_id AS workflowId, workflow_type AS workflowType, revision, problem,
      run_id AS runId, report FROM listed_jobs listed JOIN workflows USING (number) JOIN jobs USING (number)
      JOIN job_kinds USING (kind) LEFT JOIN runs ON runs.number = workflows.run
      WHERE listed.status = ? AND listed.workflow_id > ? ${isWanted} ORDER BY listed.workflow_id LIMIT ?`;
    const wanted = only === null ? [] : [only.workflowType, only.code];
    const rows = this.db.query<ListedRow, (string | number)[]>(select).all(status, after, ...wanted, limit);
    // one by one: a report may be large, and only a little of it is kept
    return rows.map(({ report, problem, ...job }) => {
      const { version, time: since } = reportIn(this.kept(report));
      return { ...job, version, since, problem: problemIn(problem) };
    });
  }

  /** Why jobs are in a state, the most frequent reason first; `JOBS_COUNTED` of them are looked at. */
  reasons(status: ListedStatus): readonly JobReason[] {
    const select = `SELECT workflow_type AS workflowType, ${CODE} AS code, COUNT(*) AS count,
      coalesce(min(json_extract(problem, '$.message')), '') AS message
      FROM (SELECT number FROM listed_jobs WHERE status = ? LIMIT ${JOBS_COUNTED}) JOIN jobs USING (number)
      JOIN job_kinds USING (kind) GROUP BY 1, 2 ORDER BY count DESC, 1, 2 LIMIT ${REASONS_MAX}`;
    return this.db.query<JobReason, [string]>(select).all(status);
  }

  /**
   * The listed jobs of a run whose reports lie at these offsets or after them, one offset a partition of
   * `workflow-events`; in the order of partitions and offsets.
   */
  listedAfter(runId: string, offsets: readonly number[], limit: number): readonly ListedEvent[] {
    const select = `SELECT listed.workflow_id AS workflowId, customer AS customerIdentifier, listed.status AS status,
      time_ms AS timeMs, problem, listed.partition AS partition, listed.log_offset AS offset
      FROM listed_jobs listed JOIN workflows USING (number) JOIN jobs USING (number)
      WHERE listed.run = (SELECT number FROM runs WHERE run_id = ?) AND listed.partition = ? AND listed.log_offset >= ?
      ORDER BY listed.log_offset LIMIT ?`;
    const query = this.db.query<ListedEventRow, [string, number, number, number]>(select);
    const rows: ListedEventRow[] = [];
    for (const [partition, offset] of offsets.entries()) {
      if (rows.length >= limit) break;
      rows.push(...query.all(runId, partition, offset, limit - rows.length));
    }
    return rows.map(({ timeMs, problem, ...job }) => {
      return { ...job, since: timeMs === null ? null : isoTime(timeMs), problem: problemIn(problem) };
    });
  }

  /** The workflow-ids that begin so and how they stand, in their order; `prefix` ends in a full stop. */
  beginningWith(prefix: string, limit: number): readonly NamedJob[] {
    // in the order of bytes a slash comes next after a full stop
    const select = `SELECT workflow_id AS workflowId, status, problem FROM workflows JOIN jobs USING (number)
      JOIN job_kinds USING (kind) WHERE workflow_id > ?1 AND workflow_id < ?2 ORDER BY workflow_id LIMIT ?3`;
    const rows = this.db.query<NamedRow, [string, string, number]>(select);
    const end = `${prefix.slice(0, -1)}/`;
    return rows
      .all(prefix, end, limit)
      .map(({ problem, ...row }) => ({ ...row, problem: problemIn(problem) }));
  }

  /** What happened to a job, the oldest first. */
  story(workflowId: string): readonly StoryEvent[] {
    return this.#reportsOf(workflowId).flatMap((each) => {
      const { time, revision, events } = reportIn(each);
      return events.map(
        (event): StoryEvent =>
          event.event === 'completed' ? { time, revision, event: event.event } : { time, revision, ...event },
      );
    });
  }

  /** Where a job's reports lie in its partition of `workflow-events`, the oldest first. */
  reportOffsets(workflowId: string): readonly number[] {
    return this.#reportsOf(workflowId).map(({ offset }) => offset);
  }

  #reportsOf(workflowId: string): readonly KeptReport[] {
    const select = 'SELECT report FROM workflows JOIN jobs USING (number) WHERE workflow_id = ?';
    const latest = this.db.query<{ report: number }, [string]>(select).get(workflowId)?.report ?? null;
    const reports: KeptReport[] = [];
    for (let id = latest; id !== null; ) {
      const report = this.kept(id);
      // it is the oldest that are told
      if (reports.push(report) === 2 * MAX_REPORTS) reports.splice(0, MAX_REPORTS);
      id = report.previous;
    }
    return reports.reverse().slice(0, MAX_REPORTS);
  }

  private kept(id: number): KeptReport {
    const report = this.reports.find(id);
    if (report === null) throw new Error(`the view has no report ${id}. ${MAKE_ANEW}`);
    return report;
  }

  /** How many records of each topic were skipped, by reason. */
  skipped(): readonly { readonly topic: string; readonly reason: string; readonly count: number }[] {
    return this.db.query<{ topic: string; reason: string; count: number }, []>('SELECT * FROM skipped').all();
  }
}

const MAKE_ANEW = "Delete the view's file: it is made anew.";

/** A report that the fold has taken in. It was read in the same way then, so that it is one. */
function reportIn({ value }: KeptReport): JobReport {
  const decoded = decode<JobReport>(value, JobReport);
  if (decoded.ok) return decoded.value;
  throw new Error(`a report in the view is none: ${decoded.detail}. ${MAKE_ANEW}`);
}

const problemIn = (value: string | null): Problem | null =>
  value === null ? null : (JSON.parse(value) as Problem);
