import type { Database, Statement } from '../../platform/view/index.ts';
import type { SeenStatus } from './schema.ts';

/** What a job is and how it stands: there are few of them, and rows name them by a number. */
interface JobKind {
  readonly workflowType: string;
  readonly status: SeenStatus;
}

/** The numbers of kinds, for one batch: what it has added may be rolled back with it. */
export class JobKinds {
  readonly #find: Statement<JobKind, [number]>;
  readonly #findNumber: Statement<{ kind: number }, [string, string]>;
  readonly #put: Statement;
  readonly #kinds: Map<number, JobKind> = new Map();
  readonly #numbers: Map<string, number> = new Map();

  constructor(db: Database) {
    this.#find = db.prepare('SELECT workflow_type AS workflowType, status FROM job_kinds WHERE kind = ?');
    this.#findNumber = db.prepare('SELECT kind FROM job_kinds WHERE workflow_type = ? AND status = ?');
    this.#put = db.prepare('INSERT INTO job_kinds (workflow_type, status) VALUES (?, ?)');
  }

  /** Begins with a batch. */
  begin(): void {
    this.#kinds.clear();
    this.#numbers.clear();
  }

  /** The kind of a number that a row names. */
  of(number: number): JobKind {
    const known = this.#kinds.get(number) ?? this.#find.get(number);
    if (known === null) throw new Error(`the view has no kind ${number}. Delete its file: it is made anew.`);
    this.#kinds.set(number, known);
    return known;
  }

  /** The number of a kind, which it gets here where it has none. */
  numberOf({ workflowType, status }: JobKind): number {
    const name = `${status} ${workflowType}`;
    const known = this.#numbers.get(name) ?? this.#findNumber.get(workflowType, status)?.kind;
    const number = known ?? Number(this.#put.run(workflowType, status).lastInsertRowid);
    this.#numbers.set(name, number);
    return number;
  }
}
