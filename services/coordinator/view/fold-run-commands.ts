import {
  decode,
  type IncomingRecord,
  nextAttemptId,
  partitionFor,
  RunCommand,
  type RunStanding,
  standingAfter,
} from '../../../core/mod.ts';
import type { Database, Statement } from '../../platform/view/index.ts';
import { STATUSES } from './schema.ts';

interface Run extends RunStanding {
  readonly number: number;
  readonly count: number;
}

/** A workflow of a run, with the status of its job where it has been reported. */
interface Found {
  readonly number: number;
  readonly seq: number;
  readonly customer: string;
  readonly status: string | null;
}

/** Folds `run-commands`: what is wanted of each run, and the list of who wanted what. */
export class RunCommandFold {
  readonly #partitions: number;
  readonly #findRun: Statement<Run, [string]>;
  readonly #keep: Statement;
  readonly #keptOf: Statement<{ offset: number; value: string }, [string]>;
  readonly #told: Statement;
  readonly #forget: Statement;
  readonly #setStanding: Statement;
  readonly #findWorkflow: Statement<Found, [string, number]>;
  readonly #detach: Statement;
  readonly #leave: Statement;
  readonly #join: Statement;
  readonly #markFurther: Statement;
  readonly #unlist: Statement;
  readonly #putFormer: Statement;
  readonly #putNext: Statement;
  readonly #listAs: Statement;
  readonly #addCount: ReadonlyMap<string, Statement>;

  constructor(db: Database, partitions: number) {
    this.#partitions = partitions;
    this.#findRun = db.prepare('SELECT number, count, control, released FROM runs WHERE run_id = ?');
    this.#keep = db.prepare('INSERT OR REPLACE INTO run_commands VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)');
    this.#keptOf = db.prepare(`SELECT log_offset AS offset, value FROM run_commands
      WHERE run_id = ? AND value IS NOT NULL ORDER BY log_offset`);
    this.#told = db.prepare('UPDATE run_commands SET value = NULL WHERE run_id = ? AND log_offset = ?');
    this.#forget = db.prepare("DELETE FROM run_commands WHERE run_id = ? AND command = 'release'");
    this.#setStanding = db.prepare('UPDATE runs SET control = ?, released = ? WHERE number = ?');
    this.#findWorkflow = db.prepare(`SELECT number, seq, customer, status FROM run_workflows
      LEFT JOIN jobs USING (number) LEFT JOIN job_kinds USING (kind) WHERE workflow_id = ? AND run = ?`);
    this.#detach = db.prepare('UPDATE workflows SET run = NULL, seq = NULL WHERE number = ? AND run = ?');
    this.#leave = db.prepare('DELETE FROM further_runs WHERE number = ? AND run = ?');
    this.#join = db.prepare(`INSERT OR IGNORE INTO further_runs
      SELECT ?1, ?2, number FROM workflows WHERE workflow_id = ?3 AND run <> ?1`);
    this.#markFurther = db.prepare('UPDATE workflows SET further = 1 WHERE workflow_id = ?');
    this.#unlist = db.prepare('UPDATE listed_jobs SET run = NULL WHERE number = ? AND run = ?');
    this.#putFormer = db.prepare('INSERT OR REPLACE INTO former_attempts VALUES (?, ?, ?, ?)');
    this.#putNext = db.prepare(`INSERT INTO workflows (run, seq, workflow_id, customer) VALUES (?, ?, ?, ?)
      ON CONFLICT (workflow_id) DO UPDATE SET run = excluded.run, seq = excluded.seq, customer = excluded.customer
      WHERE run IS NULL`);
    this.#listAs = db.prepare('UPDATE listed_jobs SET run = ? WHERE number = ?');
    this.#addCount = new Map(
      STATUSES.map((status) => [
        status,
        db.prepare(`UPDATE runs SET ${status} = ${status} + ? WHERE number = ?`),
      ]),
    );
  }

  /** Null when applied, or kept for a run that has not come; else why the record was skipped. */
  apply({ key, value, partition, offset }: IncomingRecord): string | null {
    const decoded = decode<RunCommand>(value, RunCommand);
    if (!decoded.ok) return decoded.reason;
    const command = decoded.value;
    const runId = command['run-id'];
    if (key !== runId) return 'wrong-key';
    if (partitionFor(runId, this.#partitions) !== partition) return 'misplaced';
    const run = this.#findRun.get(runId);
    const isListed = command.command !== 'release';
    if (run === null || isListed) this.#note(command, offset, run === null ? String(value) : null);
    if (run !== null) this.#applyTo(run, command);
    return null;
  }

  /** Applies what came before the run itself, as may be when the log is read anew: between topics there is no order. */
  applyKept(runId: string): void {
    for (const { offset, value } of this.#keptOf.all(runId)) {
      const run = this.#findRun.get(runId);
      const decoded = decode<RunCommand>(value, RunCommand);
      if (run !== null && decoded.ok) this.#applyTo(run, decoded.value);
      this.#told.run(runId, offset);
    }
    this.#forget.run(runId);
  }

  #note(command: RunCommand, offset: number, value: string | null): void {
    const { 'run-id': runId, id, time, by } = command;
    const [failed, parked] = command.command === 'retry' ? [command.failed.length, command.parked] : [0, 0];
    this.#keep.run(runId, offset, id, time, by, command.command, failed, parked, value);
  }

  #applyTo(run: Run, command: RunCommand): void {
    const { control, released } = standingAfter(run, command, run.count);
    if (control !== run.control || released !== run.released)
      this.#setStanding.run(control, released, run.number);
    if (command.command !== 'retry' || control === 'cancelled') return;
    for (const workflowId of command.failed) this.#attemptAgain(run, workflowId);
  }

  /** The run has the next attempt in place of this one; nothing where this one is not its latest. */
  #attemptAgain(run: Run, workflowId: string): void {
    const former = this.#findWorkflow.get(workflowId, run.number);
    const next = nextAttemptId(workflowId);
    if (former === null || next === null) return;
    const { number, seq, customer, status } = former;
    this.#detach.run(number, run.number);
    this.#leave.run(number, run.number);
    this.#unlist.run(number, run.number);
    this.#putFormer.run(workflowId, run.number, seq, customer);
    const isFirst = this.#putNext.run(run.number, seq, next, customer).changes === 1;
    // of a billing period: another run has asked for it already
    if (!isFirst && this.#join.run(run.number, seq, next).changes === 1) this.#markFurther.run(next);
    const found = this.#findWorkflow.get(next, run.number);
    if (found !== null && isFirst) this.#listAs.run(run.number, found.number);
    if (status !== null) this.#addCount.get(status)?.run(-1, run.number);
    if (found?.status != null) this.#addCount.get(found.status)?.run(1, run.number);
  }
}
