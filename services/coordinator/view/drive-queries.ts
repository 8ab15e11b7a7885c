import type { RunControl } from '../../../core/mod.ts';
import type { Database } from '../../platform/view/index.ts';
import { TO_DRIVE } from './schema.ts';

/** Where a run's own record lies, and what is wanted of it. */
export interface DrivenRun {
  readonly number: number;
  readonly runId: string;
  readonly partition: number;
  readonly offset: number;
  readonly count: number;
  readonly control: RunControl;
  readonly released: number;
  /** How many of its workflows were reported. */
  readonly reported: number;
  /** How many of those have not ended. */
  readonly open: number;
  readonly traceparent: string | null;
}

/** A workflow that something is to be sent for; `status` is null while no engine has reported it. */
interface DrivenWorkflow {
  readonly seq: number;
  readonly workflowId: string;
  readonly customerIdentifier: string;
  readonly status: string | null;
}

const DRIVEN = `number, run_id AS runId, partition, log_offset AS offset, count, control, released,
  waiting + parked + completed + failed + cancelled AS reported, waiting + parked AS open, traceparent`;

/** A page is looked for among so many workflows at most: those that are done are passed over, which takes time too. */
const SPAN = 20_000;

/** What the owner of a partition asks the view about runs. */
export class DriveQueries {
  private readonly db: Database;

  constructor(db: Database) {
    this.db = db;
  }

  /** The run, where there is something to do for it; else null. */
  find(runId: string): DrivenRun | null {
    const select = `SELECT ${DRIVEN} FROM runs WHERE run_id = ? AND ${TO_DRIVE}`;
    return this.db.query<DrivenRun, [string]>(select).get(runId);
  }

  /** The runs of a partition for which there is something to do, in the order of the log, after this offset. */
  after(partition: number, offset: number, limit: number): readonly DrivenRun[] {
    const select = `SELECT ${DRIVEN} FROM runs INDEXED BY runs_to_drive
      WHERE partition = ? AND log_offset > ? AND ${TO_DRIVE} ORDER BY log_offset LIMIT ?`;
    return this.db.query<DrivenRun, [number, number, number]>(select).all(partition, offset, limit);
  }

  /** How a run stands, whether there is something to do for it or not. */
  standing(runId: string): DrivenRun | null {
    const select = `SELECT ${DRIVEN} FROM runs WHERE run_id = ?`;
    return this.db.query<DrivenRun, [string]>(select).get(runId);
  }

  /** Workflows of a run after `seq`, up to `end`, that no engine has reported; with where to go on. */
  unreported(run: number, seq: number, end: number, limit: number): Page {
    const last = Math.min(end, seq + SPAN);
    const select = `SELECT seq, workflow_id AS workflowId, customer AS customerIdentifier, NULL AS status FROM run_workflows
      WHERE run = ? AND seq > ? AND seq <= ?
      AND NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.number = run_workflows.number) ORDER BY seq LIMIT ?`;
    return this.page(select, [run, seq, last, limit]);
  }

  /**
   * The same with those whose jobs have not ended. Those behind `released` count only where they are reported, and those of a
   * billing period only where no other run, which is not cancelled, has asked for them.
   */
  unended(run: number, seq: number, released: number, end: number, limit: number): Page {
    const last = Math.min(end, seq + SPAN);
    const select = `SELECT seq, workflow_id AS workflowId, customer AS customerIdentifier, status FROM run_workflows AS one
      LEFT JOIN jobs USING (number) LEFT JOIN job_kinds USING (kind)
      WHERE run = ? AND seq > ? AND seq <= ? AND (status IN ('waiting', 'parked') OR (kind IS NULL AND seq <= ?))
      AND NOT EXISTS (SELECT 1 FROM further_runs AS other JOIN runs ON runs.number = other.run
        WHERE other.number = one.number AND other.run <> one.run AND control <> 'cancelled')
      AND NOT EXISTS (SELECT 1 FROM workflows AS other JOIN runs ON runs.number = other.run
        WHERE other.number = one.number AND other.run <> one.run AND control <> 'cancelled')
      ORDER BY seq LIMIT ?`;
    return this.page(select, [run, seq, last, released, limit]);
  }

  /** A run's workflows after `seq` whose jobs have failed or are parked; of a billing period also those that were cancelled. */
  troubled(runId: string, seq: number, limit: number): Page {
    const run = this.standing(runId);
    if (run === null) return { workflows: [], last: seq + SPAN };
    const select = `SELECT seq, workflow_id AS workflowId, customer AS customerIdentifier, status FROM run_workflows
      JOIN jobs USING (number) JOIN job_kinds USING (kind)
      WHERE run = ? AND seq > ? AND seq <= ? AND (status IN ('failed', 'parked') OR (status = 'cancelled'
        AND EXISTS (SELECT 1 FROM runs WHERE runs.number = run AND billing_period IS NOT NULL)))
      ORDER BY seq LIMIT ?`;
    return this.page(select, [run.number, seq, seq + SPAN, limit]);
  }

  private page(select: string, values: number[]): Page {
    const limit = values.at(-1) ?? 0;
    const workflows = this.db.query<DrivenWorkflow, number[]>(select).all(...values);
    const last = workflows.length === limit ? workflows.at(-1)?.seq : values[2];
    return { workflows, last: last ?? 0 };
  }
}

/** Some workflows, and the place in the list up to which these are all. */
export interface Page {
  readonly workflows: readonly DrivenWorkflow[];
  readonly last: number;
}
