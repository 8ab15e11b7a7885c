import { decode, type IncomingRecord, isWellFormed, JobReport } from '../../../core/mod.ts';
import type { Database, Statement } from '../../platform/view/index.ts';
import { JobKinds } from './job-kinds.ts';
import { type KeptReport, ReportLog } from './report-log.ts';
import { type Recent, withEnded } from './run-rate.ts';
import { LISTED_STATUSES, type SeenStatus, STATUSES } from './schema.ts';
import { withoutResult } from './without-result.ts';

/** What a batch changes of a run. */
interface Change {
  readonly counts: Record<SeenStatus, number>;
  /** How many ended, by the second. */
  readonly ended: Map<number, number>;
  updatedMs: number;
}

/** How a workflow stands that was reported. */
interface Job {
  workflowType: string;
  status: SeenStatus;
  revision: number;
  /** Its latest report in the report log. */
  report: number;
  /** The latest one that had a trace context. */
  traced: number | null;
  problem: string | null;
  /** The latest time of its reports; null where they say none. */
  timeMs: number | null;
}

/** A workflow while a batch is applied. */
interface Standing {
  readonly workflowId: string;
  /** Null where the view does not know of it. */
  number: number | null;
  /** The number of its run; null where it is of none, or the run is not there yet. */
  run: number | null;
  /** Whether it is of further runs. */
  isShared: boolean;
  /** As the view has it; null before the first report. */
  statusBefore: SeenStatus | null;
  job: Job | null;
  /** Where its latest report lies; null before the batch has one that applies. */
  record: IncomingRecord | null;
}

/** What the view has of a workflow: its place in the list that was asked for, itself, and the row of its job. */
type Row = [at: number, number: number, run: number | null, further: 1 | null, ...JobColumns];
type JobColumns =
  | [
      kind: number,
      revision: number,
      report: number,
      traced: number | null,
      problem: string | null,
      timeMs: number | null,
    ]
  | [kind: null, revision: null, report: null, traced: null, problem: null, timeMs: null];

/** A report, and the record that it came in. */
interface Reported {
  readonly report: JobReport;
  readonly record: IncomingRecord;
  readonly standing: Standing;
}

const ENDED: readonly SeenStatus[] = ['completed', 'failed', 'cancelled'];
const TROUBLED: readonly SeenStatus[] = ['failed', 'parked'];

/**
 * Folds `workflow-events`: each job's latest standing, its story, and the counts of the run that it belongs to. A batch
 * is applied in memory: one query reads what it is about, and each job and each run is written once.
 */
export class JobFold {
  readonly #find: Statement;
  readonly #addWorkflow: Statement;
  readonly #put: Statement;
  readonly #list: Statement;
  readonly #unlist: Statement;
  readonly #furtherRuns: Statement<{ run: number }, [number]>;
  readonly #recentOf: Statement<{ recent: string }, [number]>;
  readonly #addCounts: Statement;
  readonly #kinds: JobKinds;
  readonly #reports: ReportLog;

  constructor(db: Database) {
    this.#find =
      db.prepare(`SELECT key, number, run, further, kind, revision, report, traced, problem, time_ms
      FROM json_each(?) JOIN workflows ON workflow_id = value LEFT JOIN jobs USING (number)`);
    this.#furtherRuns = db.prepare('SELECT run FROM further_runs WHERE number = ?');
    this.#addWorkflow = db.prepare('INSERT INTO workflows (workflow_id) VALUES (?)');
    this.#put = db.prepare('INSERT OR REPLACE INTO jobs VALUES (?, ?, ?, ?, ?, ?, ?)');
    this.#list = db.prepare('INSERT OR REPLACE INTO listed_jobs VALUES (?, ?, ?, ?, ?, ?)');
    this.#unlist = db.prepare('DELETE FROM listed_jobs WHERE status = ? AND workflow_id = ?');
    const additions = STATUSES.map((status, at) => `${status} = ${status} + ?${at + 2}`).join(', ');
    this.#recentOf = db.prepare('SELECT recent FROM runs WHERE number = ?');
    this.#addCounts = db.prepare(
      `UPDATE runs SET ${additions}, updated_ms = max(updated_ms, ?7), recent = ?8 WHERE number = ?1`,
    );
    this.#kinds = new JobKinds(db);
    this.#reports = new ReportLog(db);
  }

  /** Applies a batch, in its order; tells why a record was skipped that is neither applied nor a repeat. */
  apply(records: readonly IncomingRecord[], onSkipped: (reason: string) => void): void {
    const standings = new Map<string, Standing>();
    const reported: Reported[] = [];
    for (const record of records) {
      const { value } = record;
      const decoded = decode<JobReport>(typeof value === 'string' ? withoutResult(value) : value, JobReport);
      if (!decoded.ok) onSkipped(decoded.reason);
      else if (!isWellFormed(decoded.value['workflow-id'])) onSkipped('invalid-message');
      else {
        const standing = standingIn(standings, decoded.value['workflow-id']);
        reported.push({ report: decoded.value, record, standing });
      }
    }
    if (reported.length === 0) return;
    this.#kinds.begin();
    this.#read([...standings.values()]);
    const changed = new Set<Standing>();
    const kept: KeptReport[] = [];
    const last = this.#reports.last();
    for (const { report, record, standing } of reported) {
      const verdict = judge(report, standing.job);
      if (verdict === 'applies') {
        const traceparent = record.headers.traceparent ?? null;
        kept.push({
          previous: standing.job?.report ?? null,
          traceparent,
          offset: record.offset,
          value: record.value as string,
        });
        standing.job = after(standing.job, report, last + kept.length, traceparent);
        standing.record = record;
        changed.add(standing);
      } else if (verdict !== 'repeat') onSkipped(verdict);
    }
    this.#reports.append(last, kept);
    this.#write(changed);
  }

  /** Fills in what the view has of the workflows. */
  #read(standings: readonly Standing[]): void {
    const ids = standings.map(({ workflowId }) => workflowId);
    for (const row of this.#find.values(JSON.stringify(ids)) as Row[]) {
      const [at, number, run, further, kind, revision, report, traced, problem, timeMs] = row;
      const standing = standings[at] as Standing;
      standing.number = number;
      standing.run = run;
      standing.isShared = further !== null;
      if (kind === null) continue;
      standing.job = { ...this.#kinds.of(kind), revision, report, traced, problem, timeMs };
      standing.statusBefore = standing.job.status;
    }
  }

  #write(changed: Iterable<Standing>): void {
    const changes = new Map<number, Change>();
    for (const { workflowId, number, run, isShared, statusBefore, job, record } of changed) {
      if (job === null || record === null) continue;
      const key = number ?? Number(this.#addWorkflow.run(workflowId).lastInsertRowid);
      const { status, revision, report, traced, problem, timeMs } = job;
      this.#put.run(key, this.#kinds.numberOf(job), revision, report, traced, problem, timeMs);
      if (statusBefore !== status && isListed(statusBefore)) this.#unlist.run(statusBefore, workflowId);
      if (isListed(status)) this.#list.run(status, workflowId, key, run, record.partition, record.offset);
      if (run !== null) count(changes, run, statusBefore, job);
      if (!isShared) continue;
      for (const further of this.#furtherRuns.all(key)) count(changes, further.run, statusBefore, job);
    }
    for (const [run, { counts, ended, updatedMs }] of changes) {
      const recent = JSON.parse(this.#recentOf.get(run)?.recent ?? '[]') as Recent;
      const added = STATUSES.map((status) => counts[status]);
      this.#addCounts.run(run, ...added, updatedMs, JSON.stringify(withEnded(recent, ended)));
    }
  }
}

/** The workflow's standing, the same for all of its reports in a batch. */
function standingIn(standings: Map<string, Standing>, workflowId: string): Standing {
  const known = standings.get(workflowId);
  if (known !== undefined) return known;
  const standing: Standing = {
    workflowId,
    number: null,
    run: null,
    isShared: false,
    statusBefore: null,
    job: null,
    record: null,
  };
  standings.set(workflowId, standing);
  return standing;
}

/** 'applies', 'repeat', or why the report does not count. */
function judge(report: JobReport, job: Job | null): string {
  if (job === null) return 'applies';
  if (job.workflowType !== report['workflow-type']) return 'other-type';
  if (report.revision <= job.revision) return 'repeat';
  return ENDED.includes(job.status) ? 'after-end' : 'applies';
}

/** The job after a report, which has this id. */
function after(job: Job | null, report: JobReport, id: number, traceparent: string | null): Job {
  const { 'workflow-type': workflowType, status, revision } = report;
  // what a job is first seen with is kept, whatever came of it since
  const hasProblem = job === null || TROUBLED.includes(status);
  const problem = hasProblem ? (problemOf(report) ?? job?.problem ?? null) : null;
  const traced = traceparent === null ? (job?.traced ?? null) : id;
  const timeMs = latestOf(job?.timeMs ?? null, timeMsOf(report.time));
  return { workflowType, status, revision, report: id, traced, problem, timeMs };
}

function latestOf(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.max(one, other);
}

let latestTime: { readonly text: string; readonly ms: number | null } = { text: '', ms: null };

/** A report's time; null where it is none. All of an engine's batch have the same. */
function timeMsOf(text: string): number | null {
  if (latestTime.text !== text) {
    const ms = Date.parse(text);
    latestTime = { text, ms: Number.isNaN(ms) ? null : ms };
  }
  return latestTime.ms;
}

function problemOf(report: JobReport): string | null {
  const failure = report.events.findLast(({ event }) => event === 'failed' || event === 'parked');
  return failure !== undefined && 'error' in failure ? JSON.stringify(failure.error) : null;
}

const isListed = (status: SeenStatus | null): boolean => LISTED_STATUSES.some((each) => each === status);

/** Adds what became of a workflow to the changes of its run. */
function count(
  changes: Map<number, Change>,
  run: number,
  statusBefore: SeenStatus | null,
  { status, timeMs }: Job,
): void {
  const change = changes.get(run) ?? newChange();
  changes.set(run, change);
  if (statusBefore !== null) change.counts[statusBefore]--;
  change.counts[status]++;
  if (timeMs === null) return; // a time that is none counts for nothing
  change.updatedMs = Math.max(change.updatedMs, timeMs);
  const second = Math.floor(timeMs / 1000);
  if (statusBefore !== status && ENDED.includes(status))
    change.ended.set(second, (change.ended.get(second) ?? 0) + 1);
}

function newChange(): Change {
  const counts = { waiting: 0, parked: 0, completed: 0, failed: 0, cancelled: 0 };
  return { counts, ended: new Map(), updatedMs: 0 };
}
