import { Value } from '@sinclair/typebox/value';
import { decode, JobReport, RenderedBill } from '../../../core/mod.ts';
import type { Database } from '../../platform/view/index.ts';
import { ReportLog } from './report-log.ts';

/** A bill that a job completed with. */
export interface ReportedBill {
  readonly workflowId: string;
  readonly workflowType: string;
  /** When it was reported, ISO 8601. */
  readonly completedAt: string;
  readonly rendered: RenderedBill;
}

/** Some bills, and the report before which the next are looked for; null where there are no more. */
export interface BillsFound {
  readonly bills: readonly ReportedBill[];
  readonly next: number | null;
}

export interface BillSearch {
  /** Only reports before this id are looked at; null: all. */
  readonly before: number | null;
  readonly limit: number;
  /** Only the bill of this number; null: all. */
  readonly billNumber: string | null;
  /** For so long at most, in milliseconds. */
  readonly withinMs: number;
}

/** After so many chunks others get their turn. */
const TURN = 16;

/** What is asked of the view about bills. They lie in the reports alone: nothing is kept of them besides. */
export class BillQueries {
  readonly #db: Database;
  readonly #reports: ReportLog;

  constructor(db: Database) {
    this.#db = db;
    this.#reports = new ReportLog(db);
  }

  /** Goes back through the reports, from the one that was taken in last. */
  async latest({ before, limit, billNumber, withinMs }: BillSearch): Promise<BillsFound> {
    const bills: ReportedBill[] = [];
    const giveUpAt = performance.now() + withinMs;
    let id = Math.min(before ?? Number.POSITIVE_INFINITY, this.#reports.last() + 1);
    for (let chunks = 1; id > 1 && performance.now() <= giveUpAt; chunks++) {
      const chunk = this.#reports.upTo(id - 1);
      if (chunk === null) return { bills, next: null };
      for (const value of chunk.values.toReversed()) {
        id--;
        const bill = billIn(value, billNumber);
        if (bill !== null && bills.push(bill) === limit) return { bills, next: id > 1 ? id : null };
      }
      if (chunks % TURN === 0) await Bun.sleep(0);
    }
    return { bills, next: id > 1 ? id : null };
  }

  /**
   * The workflow-ids of a customer's completed jobs that runs asked for, the newest run first; `after` is the run of the
   * last one of the page before. A bill of a billing period comes with the run that asked first.
   */
  ofCustomer(
    customer: string,
    after: { readonly createTime: string; readonly runId: string } | null,
    limit: number,
  ): readonly { readonly workflowId: string; readonly runId: string }[] {
    const first = `CASE WHEN billing_period IS NULL THEN run_id || '_'
      ELSE iif(period_from IS NULL, '', 'orders-') || billing_period || '.' END || ?1`;
    // the run's workflow of that id, or where it was asked for anew, the one that has its place now
    const select = `SELECT here.workflow_id AS workflowId, run_id AS runId FROM runs
      CROSS JOIN workflows here ON here.number = coalesce(
        (SELECT number FROM workflows WHERE workflow_id = ${first} AND run = runs.number),
        (SELECT latest.number FROM former_attempts former JOIN workflows latest USING (run, seq)
          WHERE former.workflow_id = ${first} AND former.run = runs.number))
      JOIN jobs ON jobs.number = here.number JOIN job_kinds USING (kind)
      WHERE status = 'completed' AND (create_time, run_id) < (?2, ?3)
      ORDER BY create_time DESC, run_id DESC LIMIT ?4`;
    const query = this.#db.query<{ workflowId: string; runId: string }, [string, string, string, number]>(
      select,
    );
    return query.all(customer, after?.createTime ?? LAST, after?.runId ?? '', limit);
  }
}

/** Sorts behind every time. */
const LAST = '~';

/** Most reports are no bill, which is seen faster than parsed. */
function mayBe(value: string, billNumber: string | null): boolean {
  return value.includes('"completed"') && (billNumber === null || value.includes(billNumber));
}

/** The bill that a report tells; null where it tells none, or one of another number than is wanted. */
function billIn(value: string, billNumber: string | null): ReportedBill | null {
  const report = mayBe(value, billNumber) ? decode<JobReport>(value, JobReport) : null;
  if (report?.ok !== true) return null;
  const { 'workflow-id': workflowId, 'workflow-type': workflowType, time, events } = report.value;
  const completed = events.find((event) => event.event === 'completed');
  const rendered: unknown = completed?.result;
  if (!Value.Check(RenderedBill, rendered)) return null;
  if (billNumber !== null && rendered.bill.billNumber !== billNumber) return null;
  return { workflowId, workflowType, completedAt: time, rendered };
}
