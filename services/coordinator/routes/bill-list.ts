import type { DocumentDecoration, Elysia } from 'elysia';
import { access } from '../../platform/auth/index.ts';
import { HttpProblem } from '../../platform/http/index.ts';
import { BillsPage, jsonReply } from '../replies/index.ts';
import type { BillsFound, ReportedBill } from '../view/bill-queries.ts';
import type { RouteContext } from './context.ts';
import { after, limit } from './describe.ts';
import { isBill } from './job-reply.ts';
import { pageLimit, pageStart } from './paging.ts';
import { findRun } from './runs.ts';

const MAX_PAGE = 200;
/** So long a page is looked for among reports, in milliseconds: what is not found by then, the next page may have. */
const LOOKING_MS = 1_000;
/** So many workflows of a run are looked at for a page. */
const LOOKED_AT_MAX = 2_000;

const describeBills: DocumentDecoration = {
  summary: 'Bills in a few words: the latest, those of a customer or a run, or the one of a number',
  description:
    'Without a search, the bill comes first whose report this coordinator read last. Those of a customer are of runs that ' +
    'named the customer, the newest run first. A number is looked for among the latest bills first. At most one of ' +
    'customer, number and run is given; a page may be short, or empty, and still have a next.',
  tags: ['bills'],
  parameters: [
    {
      name: 'customer',
      in: 'query',
      description: 'Whose bills, by customer identifier',
      schema: { type: 'string' },
    },
    { name: 'number', in: 'query', description: 'Which bill, by its number', schema: { type: 'string' } },
    { name: 'run', in: 'query', description: 'Of which run', schema: { type: 'string' } },
    limit,
    after,
  ],
  responses: { 200: jsonReply('One page of them.', BillsPage) },
};

/** The route that lists bills. */
export function addBillListRoute(app: Elysia, context: RouteContext): void {
  app.get('/bills', async ({ query }) => Response.json(await listBills(query, context)), {
    detail: { ...describeBills, ...access('bill-reader', 'run-starter') },
  });
}

type Query = Readonly<Record<string, string | undefined>>;

interface Page {
  readonly bills: readonly ReportedBill[];
  /** Where the next page goes on; null where there is none. */
  readonly next: string | number | null;
}

async function listBills(query: Query, context: RouteContext): Promise<unknown> {
  const { customer, number, run } = query;
  const given = Object.entries({ customer, number, run }).filter(([, value]) => value !== undefined);
  if (given.length > 1) {
    const detail = 'Search by one of customer, number and run at a time.';
    throw new HttpProblem({ status: 400, code: 'invalid-search', detail });
  }
  const size = pageLimit(query.limit, MAX_PAGE, 50);
  await context.view.caughtUp(1_000); // what has just ended belongs in it
  const { bills, next } = await pageOf(query, size, context);
  const search = given.map(([name, value]) => `${name}=${encodeURIComponent(value ?? '')}&`).join('');
  return {
    bills: bills.map((bill) => billReply(bill, context)),
    links: {
      self: given.length === 0 ? '/bills' : `/bills?${search.slice(0, -1)}`,
      ...(next === null ? {} : { next: `/bills?${search}limit=${size}&after=${next}` }),
    },
  };
}

async function pageOf(query: Query, size: number, context: RouteContext): Promise<Page> {
  const { customer, number, run, after: cursor } = query;
  if (run !== undefined) return await ofRun(run, pageStart(cursor), size, context);
  if (customer !== undefined) return ofCustomer(customer, cursor, size, context);
  const { bills } = context.view;
  const before = cursor === undefined ? null : reportIn(cursor);
  if (number === undefined)
    return await bills.latest({ before, limit: size, billNumber: null, withinMs: LOOKING_MS });
  return await ofNumber(number, before, context);
}

/** The number of a bill may say its workflow; else the reports are gone through. */
async function ofNumber(number: string, before: number | null, { view }: RouteContext): Promise<BillsFound> {
  const named = number.startsWith('B-') ? billOf(number.slice(2), view) : null;
  if (named?.rendered.bill.billNumber === number) return { bills: [named], next: null };
  return await view.bills.latest({ before, limit: 1, billNumber: number, withinMs: LOOKING_MS });
}

function ofCustomer(
  customer: string,
  cursor: string | undefined,
  size: number,
  { view }: RouteContext,
): Page {
  const last = cursor === undefined ? null : view.runs.find(cursor);
  if (cursor !== undefined && last === null) throw invalidPage();
  const found = view.bills.ofCustomer(customer, last, size);
  const bills = found.flatMap(({ workflowId }) => billOf(workflowId, view) ?? []);
  return { bills, next: found.length === size ? (found.at(-1)?.runId ?? null) : null };
}

async function ofRun(runId: string, start: number, size: number, context: RouteContext): Promise<Page> {
  const { view } = context;
  const { count } = await findRun(runId, context);
  const bills: ReportedBill[] = [];
  let seq = start;
  for (let lookedAt = 0; lookedAt < LOOKED_AT_MAX && seq < count; ) {
    const workflows = view.runs.workflows(runId, seq, Math.min(size, LOOKED_AT_MAX - lookedAt));
    if (workflows.length === 0) return { bills, next: null };
    for (const workflow of workflows) {
      seq = workflow.seq;
      lookedAt++;
      const bill = workflow.status === 'completed' ? billOf(workflow.workflowId, view) : null;
      if (bill !== null && bills.push(bill) === size) return { bills, next: seq < count ? seq : null };
    }
  }
  return { bills, next: seq < count ? seq : null };
}

/** The bill that a job completed with; null where there is none. */
function billOf(workflowId: string, { jobs }: RouteContext['view']): ReportedBill | null {
  const job = jobs.find(workflowId);
  if (job?.status !== 'completed' || !isBill(job.result)) return null;
  const { workflowType, updatedAt: completedAt, result: rendered } = job;
  return { workflowId, workflowType, completedAt, rendered };
}

function billReply({ workflowId, completedAt, rendered }: ReportedBill, { view }: RouteContext): unknown {
  const { billNumber, customer, billDate, dueDate, currency, total } = rendered.bill;
  const { customerIdentifier, name: customerName } = customer;
  const run = view.runs.runOf(workflowId);
  const path = encodeURIComponent(workflowId);
  return {
    workflowId,
    billNumber,
    customerIdentifier,
    customerName,
    billDate,
    dueDate,
    currency,
    total,
    completedAt,
    links: {
      self: `/bills/${path}`,
      job: `/jobs/${path}`,
      ...(run === null ? {} : { run: `/runs/${run.runId}` }),
    },
  };
}

function reportIn(cursor: string): number {
  if (/^[1-9]\d{0,14}$/.test(cursor)) return Number(cursor);
  throw invalidPage();
}

function invalidPage(): HttpProblem {
  const detail = '"after" takes what "links.next" of the page before says.';
  return new HttpProblem({ status: 400, code: 'invalid-page', detail });
}
