import { type BillRun, type BillRunPart, MAX_ID_LENGTH, workflowIdIn } from '../../../core/mod.ts';
import type { Database, Statement } from '../../platform/view/index.ts';

interface Draft {
  readonly number: number;
  /** What its workflow-ids begin with. */
  readonly prefix: string;
  /** How many parts are in it, the first ones. */
  readonly parts: number;
  /** How many workflows. */
  readonly seq: number;
}

/** What a run's record and its parts say of its workflow-ids. */
type Marks = Pick<BillRun, 'run-id' | 'workflow-type' | 'billing-period'>;

/** Instead of a number of parts: a draft that is not what its parts say. */
const SPOILT = -1;

/**
 * Makes workflows of a run's parts. They become a draft as they come, so that a run of a million is not expanded at once;
 * where that can't be, as other claims to the run-id or other orders of the parts came between, it is done once the run's
 * own record is there.
 */
export class RunExpansion {
  readonly #putPart: Statement;
  readonly #partsOf: Statement<{ identifiers: string }, [string, string, number]>;
  readonly #dropParts: Statement;
  readonly #lastNumber: Statement<{ number: number }, []>;
  readonly #findDraft: Statement<Draft, [string, string]>;
  readonly #draftsOf: Statement<{ number: number }, [string]>;
  readonly #putDraft: Statement;
  readonly #dropDrafts: Statement;
  readonly #putWorkflows: Statement;
  readonly #markFurther: Statement;
  readonly #join: Statement;
  readonly #leave: Statement;
  readonly #unlist: Statement;
  readonly #release: Statement;
  readonly #dropUnreported: Statement;

  constructor(db: Database) {
    this.#putPart = db.prepare('INSERT OR REPLACE INTO run_parts VALUES (?, ?, ?, ?)');
    this.#partsOf = db.prepare(
      'SELECT identifiers FROM run_parts WHERE run_id = ? AND hash = ? AND part < ? ORDER BY part',
    );
    this.#dropParts = db.prepare('DELETE FROM run_parts WHERE run_id = ?');
    this.#lastNumber = db.prepare(`SELECT max((SELECT ifnull(max(number), 0) FROM runs),
      (SELECT ifnull(max(number), 0) FROM run_drafts)) AS number`);
    this.#findDraft = db.prepare(
      'SELECT number, prefix, parts, seq FROM run_drafts WHERE run_id = ? AND hash = ?',
    );
    this.#draftsOf = db.prepare('SELECT number FROM run_drafts WHERE run_id = ?');
    this.#putDraft = db.prepare('INSERT OR REPLACE INTO run_drafts VALUES (?, ?, ?, ?, ?, ?)');
    this.#dropDrafts = db.prepare('DELETE FROM run_drafts WHERE run_id = ?');
    this.#putWorkflows = db.prepare(`INSERT INTO workflows (run, seq, workflow_id, customer)
      SELECT ?1, ?2 + key + 1, ?3 || value, value FROM json_each(?4) WHERE true
      ON CONFLICT (workflow_id) DO UPDATE SET run = excluded.run, seq = excluded.seq, customer = excluded.customer
      WHERE run IS NULL`);
    const others = 'FROM json_each(?4) JOIN workflows ON workflow_id = ?3 || value WHERE run <> ?1';
    this.#join = db.prepare(
      `INSERT OR IGNORE INTO further_runs SELECT ?1, ?2 + key + 1, workflows.number ${others}`,
    );
    this.#markFurther = db.prepare(`UPDATE workflows SET further = 1
      WHERE number IN (SELECT number FROM further_runs WHERE run = ?)`);
    this.#leave = db.prepare('DELETE FROM further_runs WHERE run = ?');
    this.#unlist = db.prepare('UPDATE listed_jobs SET run = NULL WHERE run = ?');
    this.#release = db.prepare(`UPDATE workflows SET run = NULL, seq = NULL
      WHERE run = ? AND (further = 1 OR number IN (SELECT number FROM jobs))`);
    this.#dropUnreported = db.prepare('DELETE FROM workflows WHERE run = ?');
  }

  /** Takes in a part of a run that is not there yet. */
  addPart(part: BillRunPart): void {
    const { 'run-id': runId, 'content-hash': hash, identifiers } = part;
    const text = JSON.stringify(identifiers);
    this.#putPart.run(runId, hash, part.part, text);
    const prefix = workflowIdIn(part, '');
    const draft = this.#findDraft.get(runId, hash) ?? {
      number: this.#nextNumber(),
      prefix,
      parts: 0,
      seq: 0,
    };
    if (draft.parts === SPOILT || part.part < draft.parts) return; // of no use, or a repeat
    const { number, seq } = draft;
    const isNext = part.part === draft.parts && prefix === draft.prefix;
    const added = isNext ? this.#put(part, number, seq, identifiers, text) : SPOILT;
    const parts = added === identifiers.length ? draft.parts + 1 : SPOILT;
    this.#putDraft.run(number, runId, hash, draft.prefix, parts, seq + identifiers.length);
  }

  /** The number of the run with its workflows; null, and nothing is left, where the parts are not what the run says. */
  expand(run: BillRun): number | null {
    const { 'run-id': runId, 'content-hash': hash } = run;
    const draft = this.#findDraft.get(runId, hash);
    const isWhole = draft !== null && draft.parts === run.parts && draft.seq === run.count;
    const own = isWhole && draft.prefix === workflowIdIn(run, '') ? draft.number : null;
    for (const { number } of this.#draftsOf.all(runId)) if (number !== own) this.#drop(number);
    this.#dropDrafts.run(runId);
    const number = own ?? this.#expandAtOnce(run);
    if (number !== null) this.#dropParts.run(runId);
    return number;
  }

  #expandAtOnce(run: BillRun): number | null {
    const { 'run-id': runId, 'content-hash': hash, parts, count } = run;
    const number = this.#nextNumber();
    let seq = 0;
    let kept = 0;
    for (const { identifiers: text } of this.#partsOf.all(runId, hash, parts)) {
      const identifiers = JSON.parse(text) as string[];
      if (seq + identifiers.length > count) return this.#drop(number);
      kept += this.#put(run, number, seq, identifiers, text);
      seq += identifiers.length;
    }
    return seq === count && kept === count ? number : this.#drop(number);
  }

  /** How many workflows the run has more. Only a bill of a billing period may be another run's too. */
  #put(marks: Marks, number: number, seq: number, identifiers: readonly string[], text: string): number {
    const prefix = workflowIdIn(marks, '');
    if (identifiers.some((identifier) => prefix.length + identifier.length > MAX_ID_LENGTH)) return 0;
    const { changes: put } = this.#putWorkflows.run(number, seq, prefix, text);
    if (put === identifiers.length || marks['billing-period'] === undefined) return put;
    const { changes: joined } = this.#join.run(number, seq, prefix, text);
    if (joined > 0) this.#markFurther.run(number);
    return put + joined;
  }

  #drop(number: number): null {
    this.#unlist.run(number);
    this.#leave.run(number);
    this.#release.run(number);
    this.#dropUnreported.run(number);
    return null;
  }

  #nextNumber(): number {
    return (this.#lastNumber.get()?.number ?? 0) + 1;
  }
}
