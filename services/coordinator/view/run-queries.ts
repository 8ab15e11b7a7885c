import { billGeneration, ORDER_BILLING_TYPE, type Period, type RunControl } from '../../../core/mod.ts';
import type { Database } from '../../platform/view/index.ts';

/** A run as the view has it. */
export interface RunRow {
  readonly runId: string;
  readonly createTime: string;
  readonly billDate: string | null;
  /** Of a run of order-billing; null, as `periodTo`, for one of bill-generation. */
  readonly periodFrom: string | null;
  readonly periodTo: string | null;
  /** What people call it. */
  readonly label: string | null;
  /** A month as `YYYY-MM`. */
  readonly billingPeriod: string | null;
  /** Of a run of all customers: the hash of what it was asked for with, whoever they are. */
  readonly requestHash: string | null;
  readonly hash: string;
  readonly count: number;
  readonly parts: number;
  readonly waiting: number;
  readonly parked: number;
  readonly completed: number;
  readonly failed: number;
  /** Of a cancelled run with those that were never published. */
  readonly cancelled: number;
  /** What is wanted of it. */
  readonly control: RunControl;
  /** The workflows up to this place may have been published. */
  readonly released: number;
  /** When its counts last changed, by the time of the report; at first when it was made. */
  readonly updatedMs: number;
  /** JSON of `Recent`. */
  readonly recent: string;
}

/** A workflow of a run. `seq` counts from 1; `status` is null while no engine has reported it and one may. */
export interface RunWorkflow {
  readonly seq: number;
  readonly customerIdentifier: string;
  readonly workflowId: string;
  readonly status: string | null;
  /** JSON of the problem, where there is one. */
  readonly problem: string | null;
}

/** Of a cancelled run those that were never published: they count as cancelled. */
const HELD = `CASE control WHEN 'cancelled'
  THEN max(0, min(count - released, count - waiting - parked - completed - failed - cancelled)) ELSE 0 END`;

/** A command to a run, as the history lists it. */
export interface RunCommandRow {
  readonly offset: number;
  readonly id: string;
  readonly time: string;
  readonly by: string;
  readonly command: string;
  /** Of a retry: how many failed workflows were asked for anew, and how many parked jobs were told to go on. */
  readonly failed: number;
  readonly parked: number;
}

const RUN = `run_id AS runId, create_time AS createTime, bill_date AS billDate,
  period_from AS periodFrom, period_to AS periodTo, label, billing_period AS billingPeriod,
  request_hash AS requestHash, hash, count, parts, waiting,
  parked, completed, failed, cancelled + ${HELD} AS cancelled, control, released, updated_ms AS updatedMs, recent`;

const WORKFLOWS = `SELECT seq, customer AS customerIdentifier, workflow_id AS workflowId, problem,
  CASE WHEN status IS NULL AND (SELECT control = 'cancelled' AND seq > released FROM runs WHERE runs.number = run)
  THEN 'cancelled' ELSE status END AS status
  FROM run_workflows LEFT JOIN jobs USING (number) LEFT JOIN job_kinds USING (kind)
  WHERE run = (SELECT number FROM runs WHERE run_id = ?) AND seq > ?`;

/** The days whose orders a run bills; null for a run of bill-generation. */
export function periodOf({ periodFrom: from, periodTo: to }: RunRow): Period | null {
  return from === null || to === null ? null : { from, to };
}

/** Whether all of a run's jobs are finished. A parked job is not: a retry lets it go on. */
export function hasEnded({ count, completed, failed, cancelled }: RunRow): boolean {
  return completed + failed + cancelled === count;
}

/** How a run stands. `cancelling`: it is cancelled, and some of its jobs have not ended yet. */
export function stateOf(run: RunRow): 'running' | 'paused' | 'cancelling' | 'cancelled' | 'ended' {
  if (run.control === 'cancelled') return hasEnded(run) ? 'cancelled' : 'cancelling';
  return hasEnded(run) ? 'ended' : run.control;
}

/** The type of a run's workflows. */
export function workflowTypeOf(run: RunRow): string {
  return periodOf(run) === null ? billGeneration.type : ORDER_BILLING_TYPE;
}

/** What is asked of the view about runs. */
export class RunQueries {
  private readonly db: Database;

  constructor(db: Database) {
    this.db = db;
  }

  find(runId: string): RunRow | null {
    return this.db.query<RunRow, [string]>(`SELECT ${RUN} FROM runs WHERE run_id = ?`).get(runId);
  }

  /** The newest first; `after` is the last run of the page before. */
  list(after: RunRow | null, limit: number): readonly RunRow[] {
    if (after === null) {
      const newest = `SELECT ${RUN} FROM runs ORDER BY create_time DESC, run_id DESC LIMIT ?`;
      return this.db.query<RunRow, [number]>(newest).all(limit);
    }
    const older = `SELECT ${RUN} FROM runs WHERE (create_time, run_id) < (?, ?)
      ORDER BY create_time DESC, run_id DESC LIMIT ?`;
    return this.db.query<RunRow, [string, string, number]>(older).all(after.createTime, after.runId, limit);
  }

  /** The runs that changed last: that one first whose change is the oldest. */
  lastChanged(limit: number): readonly RunRow[] {
    const latest = `SELECT ${RUN} FROM runs ORDER BY updated_ms DESC, number DESC LIMIT ?`;
    return this.db.query<RunRow, [number]>(latest).all(limit).reverse();
  }

  /** A run's workflows after `seq`, in the order of the request. */
  workflows(runId: string, seq: number, limit: number): readonly RunWorkflow[] {
    const page = `${WORKFLOWS} ORDER BY seq LIMIT ?`;
    return this.db.query<RunWorkflow, [string, number, number]>(page).all(runId, seq, limit);
  }

  /** The commands to a run, in the order of the log, after that at this offset. */
  history(runId: string, afterOffset: number, limit: number): readonly RunCommandRow[] {
    const select = `SELECT log_offset AS offset, id, time, by, command, failed, parked FROM run_commands
      WHERE run_id = ? AND log_offset > ? AND command <> 'release' ORDER BY log_offset LIMIT ?`;
    return this.db.query<RunCommandRow, [string, number, number]>(select).all(runId, afterOffset, limit);
  }

  /** Whether the view has this command. */
  hasCommand(runId: string, id: string): boolean {
    const select = 'SELECT 1 FROM run_commands WHERE run_id = ? AND id = ?';
    return this.db.query<unknown, [string, string]>(select).get(runId, id) !== null;
  }

  /** Whether a workflow is of a run that was cancelled before it could be published. */
  isHeld(workflowId: string): boolean {
    const select = `SELECT 1 FROM run_workflows JOIN runs ON runs.number = run
      WHERE workflow_id = ? AND control = 'cancelled' AND seq > released`;
    return this.db.query<unknown, [string]>(select).get(workflowId) !== null;
  }

  /** Which run a workflow belongs to. */
  runOf(workflowId: string): { readonly runId: string; readonly customerIdentifier: string } | null {
    const owner = `SELECT run_id AS runId, customer AS customerIdentifier FROM workflows JOIN runs ON runs.number = run
      WHERE workflow_id = ?1 UNION ALL SELECT run_id, customer FROM former_attempts JOIN runs ON runs.number = run
      WHERE workflow_id = ?1 LIMIT 1`;
    return this.db.query<{ runId: string; customerIdentifier: string }, [string]>(owner).get(workflowId);
  }
}
