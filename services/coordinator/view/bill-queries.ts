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
    let id = Math.min(before ?? Number.POSITIVE_INFINITY, this.#reports.last() + 1) - 1;
    for (let chunks = 1; id >= 1; chunks++) {
      const chunk = this.#reports.upTo(id);
      if (chunk === null) break;
      for (const value of chunk.values.toReversed()) {
        const bill = mayBe(value, billNumber) ? billIn(value) : null;
        if (bill !== null && (billNumber === null || bill.rendered.bill.billNumber === billNumber))
          bills.push(bill);
        if (bills.length === limit) return { bills, next: id > 1 ? id : null };
        id--;
      }
      if (performance.now() > giveUpAt) return { bills, next: id >= 1 ? id + 1 : null };
      if (chunks % TURN === 0) await Bun.sleep(0);
    }
    return { bills, next: null };
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
    const select = `SELECT workflow_id AS workflowId, run_id AS runId FROM runs CROSS JOIN workflows
      ON workflow_id = CASE WHEN billing_period IS NULL THEN run_id || '_'
        ELSE iif(period_from IS NULL, '', 'orders-') || billing_period || '.' END || ?1
      AND workflows.run = runs.number JOIN jobs ON jobs.number = workflows.number JOIN job_kinds USING (kind)
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

function billIn(value: string): ReportedBill | null {
  const report = decode<JobReport>(value, JobReport);
  if (!report.ok) return null;
  const { 'workflow-id': workflowId, 'workflow-type': workflowType, time, events } = report.value;
  const completed = events.find((event) => event.event === 'completed');
  if (!Value.Check(RenderedBill, completed?.result)) return null;
  return { workflowId, workflowType, completedAt: time, rendered: completed?.result as RenderedBill };
}
