import { decode, type IncomingRecord, isWellFormed, JobReport } from '../../../core/mod.ts';
import type { Database, Statement } from '../../platform/view/index.ts';
import { type SeenStatus, STATUSES } from './schema.ts';

type Counts = Record<SeenStatus, number>;

/** A workflow as it stands while a batch is applied. */
interface Standing {
  readonly workflowId: string;
  /** Null where the view does not know of it. */
  readonly number: number | null;
  /** The number of its run; null where it is of none, or the run is not there yet. */
  readonly run: number | null;
  /** As the view has it; null before the first report, as is what follows. */
  readonly statusBefore: SeenStatus | null;
  workflowType: string | null;
  revision: number | null;
  status: SeenStatus | null;
  problem: string | null;
  traceparent: string | null;
  /** Its latest report in `job_reports`. */
  report: number | null;
}

/** What the view has of a workflow: its place in the list that was asked for, and the columns of `Standing`. */
type Row = [
  at: number,
  number: number,
  run: number | null,
  workflowType: string | null,
  revision: number | null,
  status: SeenStatus | null,
  problem: string | null,
  traceparent: string | null,
  report: number | null,
];

/** A report, and the record that it came in. */
interface Reported {
  readonly report: JobReport;
  readonly record: IncomingRecord;
}

const ENDED: readonly (SeenStatus | null)[] = ['completed', 'failed', 'cancelled'];
const TROUBLED: readonly SeenStatus[] = ['failed', 'parked'];

/**
 * Folds `workflow-events`: each job's latest standing, its story, and the counts of the run that it belongs to. A batch
 * is applied in memory: one query reads what it is about, and each job and each run is written once.
 */
export class JobFold {
  private readonly find: Statement;
  private readonly lastReport: Statement<{ id: number | null }, []>;
  private readonly putReport: Statement;
  private readonly insert: Statement;
  private readonly update: Statement;
  private readonly addCounts: Statement;

  constructor(db: Database) {
    this.find =
      db.prepare(`SELECT key, number, run, workflow_type, revision, status, problem, traceparent, report
      FROM json_each(?) JOIN workflows ON workflow_id = value`);
    this.lastReport = db.prepare('SELECT max(id) AS id FROM job_reports');
    this.putReport = db.prepare('INSERT INTO job_reports VALUES (?, ?, ?)');
    this.insert = db.prepare(`INSERT INTO workflows
      (workflow_type, revision, status, problem, traceparent, report, workflow_id) VALUES (?, ?, ?, ?, ?, ?, ?)`);
    this.update = db.prepare(`UPDATE workflows SET
      workflow_type = ?, revision = ?, status = ?, problem = ?, traceparent = ?, report = ? WHERE number = ?`);
    const additions = STATUSES.map((status, at) => `${status} = ${status} + ?${at + 2}`).join(', ');
    this.addCounts = db.prepare(`UPDATE runs SET ${additions} WHERE number = ?1`);
  }

  /** Applies a batch, in its order; tells why a record was skipped that is neither applied nor a repeat. */
  apply(records: readonly IncomingRecord[], onSkipped: (reason: string) => void): void {
    const reported: Reported[] = [];
    for (const record of records) {
      const decoded = decode<JobReport>(record.value, JobReport);
      if (!decoded.ok) onSkipped(decoded.reason);
      else if (!isWellFormed(decoded.value['workflow-id'])) onSkipped('invalid-message');
      else reported.push({ report: decoded.value, record });
    }
    if (reported.length === 0) return;
    const standings = this.withStandings(reported);
    const changed = new Set<Standing>();
    let id = this.lastReport.get()?.id ?? 0;
    for (const { report, record, standing } of standings) {
      const verdict = judge(report, standing);
      if (verdict !== 'applies') {
        if (verdict !== 'repeat') onSkipped(verdict);
        continue;
      }
      id++;
      this.putReport.run(id, standing.report, record.value as string);
      change(standing, report, record.headers.traceparent ?? null, id);
      changed.add(standing);
    }
    this.write(changed);
  }

  /** Each report with its workflow, as that stands before the batch; reports of one workflow share it. */
  private withStandings(reported: readonly Reported[]): readonly (Reported & { standing: Standing })[] {
    const places = new Map<string, number>();
    for (const { report } of reported) {
      const id = report['workflow-id'];
      if (!places.has(id)) places.set(id, places.size);
    }
    const ids = [...places.keys()];
    const standings = ids.map((workflowId) => standingOf(workflowId, undefined));
    for (const row of this.find.values(JSON.stringify(ids)) as Row[]) {
      standings[row[0]] = standingOf(ids[row[0]] as string, row);
    }
    return reported.map(({ report, record }) => {
      return { report, record, standing: standings[places.get(report['workflow-id']) as number] as Standing };
    });
  }

  private write(changed: Iterable<Standing>): void {
    const changes = new Map<number, Counts>();
    for (const each of changed) {
      const { workflowId, number, workflowType, revision, status, problem, traceparent, report } = each;
      const statement = number === null ? this.insert : this.update;
      const key = number ?? workflowId;
      statement.run(workflowType, revision, status, problem, traceparent, report, key);
      count(changes, each);
    }
    for (const [run, counts] of changes) {
      this.addCounts.run(run, ...STATUSES.map((status) => counts[status]));
    }
  }
}

const UNKNOWN: Row = [0, 0, null, null, null, null, null, null, null];

function standingOf(workflowId: string, row: Row | undefined): Standing {
  const [, number, run, workflowType, revision, status, problem, traceparent, report] = row ?? UNKNOWN;
  const job = { workflowType, revision, status, problem, traceparent, report };
  return { workflowId, number: row === undefined ? null : number, run, statusBefore: status, ...job };
}

/** 'applies', 'repeat', or why the report does not count. */
function judge(report: JobReport, { workflowType, revision, status }: Standing): string {
  if (revision === null) return 'applies';
  if (workflowType !== report['workflow-type']) return 'other-type';
  if (report.revision <= revision) return 'repeat';
  return ENDED.includes(status) ? 'after-end' : 'applies';
}

function change(standing: Standing, report: JobReport, traceparent: string | null, id: number): void {
  const status = report.status as SeenStatus;
  // what a job is first seen with is kept, whatever came of it since
  const hasProblem = standing.revision === null || TROUBLED.includes(status);
  standing.problem = hasProblem ? (problemOf(report) ?? standing.problem) : null;
  standing.workflowType = report['workflow-type'];
  standing.revision = report.revision;
  standing.status = status;
  standing.traceparent = traceparent ?? standing.traceparent;
  standing.report = id;
}

function problemOf(report: JobReport): string | null {
  const failure = report.events.findLast(({ event }) => event === 'failed' || event === 'parked');
  return failure !== undefined && 'error' in failure ? JSON.stringify(failure.error) : null;
}

/** Adds what became of a workflow to the changes of its run. */
function count(changes: Map<number, Counts>, { run, statusBefore, status }: Standing): void {
  if (run === null || status === null || statusBefore === status) return;
  const counts = changes.get(run) ?? { waiting: 0, parked: 0, completed: 0, failed: 0, cancelled: 0 };
  if (statusBefore !== null) counts[statusBefore]--;
  counts[status]++;
  changes.set(run, counts);
}
