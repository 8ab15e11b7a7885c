import type { Database } from 'bun:sqlite';
import {
  BILL_NUMBER_CATEGORY,
  type Fault,
  type WorkflowFacts,
  type WorkflowStanding,
} from '../../../core/mod.ts';

const DDL =
  'CREATE TABLE bill_numbers (series TEXT NOT NULL, nth INTEGER NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (series, nth)) WITHOUT ROWID';
/** Those of a series: issuer, year, count. Others, as `B-<workflow-id>`, are in none. */
const IN_SERIES = /^(.+-\d{4})-(\d{6,15})$/;

/** What the numbers of a series come to. */
export interface SeriesTally {
  /** Issuer and year, as `IE0000000A-2026`. */
  readonly series: string;
  /** Bills that have a number of it. */
  readonly bills: number;
  readonly first: number;
  readonly last: number;
  /** Numbers from 1 to the last that no bill has. */
  readonly missing: number;
  /** The first of them; null where there is none. */
  readonly firstMissing: number | null;
  /** Numbers that several bills have. */
  readonly doubled: number;
}

/** The numbers of all bills, kept in the audit's own database. */
export class BillNumbers {
  readonly #db: Database;
  /** Bills that may yet come with a number that was given already. */
  #pending = 0;

  constructor(db: Database) {
    db.run(DDL);
    this.#db = db;
  }

  add({ state, questions }: WorkflowStanding, facts: WorkflowFacts): void {
    const hasAsked = questions.some(({ category }) => category === BILL_NUMBER_CATEGORY);
    if (state === 'requested' || state === 'waiting' || (state === 'parked' && hasAsked)) this.#pending++;
    const [, series, nth] = IN_SERIES.exec(facts.job?.number ?? '') ?? [];
    if (series === undefined) return;
    this.#db
      .query('INSERT INTO bill_numbers VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET count = count + 1')
      .run(series, Number(nth));
  }

  tallies(): readonly SeriesTally[] {
    const select = `SELECT series, sum(count) AS bills, min(nth) AS first, max(nth) AS last, max(nth) - count(*) AS missing,
        sum(count > 1) AS doubled, min(CASE WHEN nth <> place THEN place END) AS firstMissing
      FROM (SELECT *, row_number() OVER (PARTITION BY series ORDER BY nth) AS place FROM bill_numbers)
      GROUP BY series ORDER BY series`;
    return this.#db.query<SeriesTally, []>(select).all();
  }

  /** What of them must never be. A number may be missing for as long as a bill is on its way. */
  faults(): readonly Fault[] {
    return this.tallies().flatMap(({ series, missing, firstMissing, doubled }): Fault[] => [
      ...(doubled > 0
        ? [
            {
              code: 'number-doubled',
              detail: `${doubled} numbers of ${series} are on several bills`,
            } as const,
          ]
        : []),
      ...(missing > this.#pending
        ? [
            {
              code: 'number-gap',
              detail: `${missing} numbers of ${series} are on no bill, the first is ${firstMissing}; ${this.#pending} bills are on their way`,
            } as const,
          ]
        : []),
    ]);
  }
}
