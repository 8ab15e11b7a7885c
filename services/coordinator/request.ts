// What a POST asks for, from whatever spelling a client uses. Pure: JSON in, request or complaint out.
import {
  type BillRunRequest,
  billGeneration,
  IDENTIFIER_PATTERN,
  isCivilDate,
  isPeriod,
  isWellFormed,
  MAX_RUN_SIZE,
  ORDER_BILLING_TYPE,
  type Period,
  RUN_ID_PATTERN,
} from '../../core/mod.ts';

/** The longest customer identifier of a request, in UTF-16 units: `<run-id>_<customer>` must stay a workflow-id. */
export const MAX_CUSTOMER_LENGTH = 128;

/** A reply names at most so many of the request's duplicates. */
const MAX_DUPLICATES_NAMED = 100;

/** A request, checked. */
export interface RunRequest {
  /** What makes the run this run: each customer once, in the order of the first mention. */
  readonly content: BillRunRequest;
  /** The run-id that the client chose, if it did. */
  readonly runId: string | null;
  /** Customers that were named more than once, at most `MAX_DUPLICATES_NAMED` of them. */
  readonly duplicates: readonly string[];
}

/** Why a request can't be taken: a stable code, and what to do. */
interface Complaint {
  readonly code: string;
  readonly detail: string;
}

export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly complaint: Complaint };

const complain = (code: string, detail: string): { readonly ok: false; readonly complaint: Complaint } => ({
  ok: false,
  complaint: { code, detail },
});

const EXAMPLE = 'send {"customerIdentifiers":["1","3"]}';
const FIELDS: readonly string[] = [
  'customerIdentifiers',
  'customerIdentifers',
  'runId',
  'billDate',
  'workflowType',
  'period',
];
const identifierPattern = new RegExp(IDENTIFIER_PATTERN);
const runIdPattern = new RegExp(RUN_ID_PATTERN);

/** Reads a request's body, parsed as JSON: an object or a bare array of identifiers; undefined where there was none. */
export function parseRunRequest(body: unknown): Parsed<RunRequest> {
  if (Array.isArray(body)) return fromList(body, null, {});
  if (typeof body !== 'object' || body === null) {
    const what =
      body === undefined || body === null
        ? 'The body is empty'
        : 'The body is neither an object nor an array';
    return complain('invalid-body', `${what}: ${EXAMPLE}.`);
  }
  return fromObject(new Map(Object.entries(body)));
}

/** A Map, so that no name in the body can reach a prototype. Unknown fields are refused: a mistyped "billDate" must not bill. */
function fromObject(fields: ReadonlyMap<string, unknown>): Parsed<RunRequest> {
  if (fields.has('__proto__')) return complain('invalid-body', 'A field named "__proto__" is not taken.');
  const spelt = ['customerIdentifiers', 'customerIdentifers'].filter((name) => fields.has(name));
  const name = spelt[0];
  if (name === undefined)
    return complain('missing-identifiers', `There is no list of customers: ${EXAMPLE}.`);
  if (spelt.length > 1) {
    return complain('invalid-body', 'Give either "customerIdentifiers" or "customerIdentifers", not both.');
  }
  const unknown = [...fields.keys()].find((field) => !FIELDS.includes(field));
  if (unknown !== undefined) {
    return complain(
      'unknown-field',
      `There is no field ${JSON.stringify(unknown.slice(0, 40))}: a run takes customerIdentifiers, runId, billDate, workflowType and period.`,
    );
  }
  const list = fields.get(name);
  if (!Array.isArray(list)) return complain('invalid-body', `"${name}" is not an array: ${EXAMPLE}.`);
  const runId = fields.get('runId');
  if (runId !== undefined && !(typeof runId === 'string' && runIdPattern.test(runId))) {
    return complain('invalid-run-id', '"runId" takes 1 to 64 letters, digits and hyphens.');
  }
  const billDate = fields.get('billDate');
  if (billDate !== undefined && !(typeof billDate === 'string' && isCivilDate(billDate))) {
    return complain('invalid-bill-date', '"billDate" takes a day of the calendar as YYYY-MM-DD.');
  }
  const period = periodOf(fields.get('workflowType'), fields.get('period'));
  if (!period.ok) return period;
  return fromList(list, runId ?? null, {
    ...(billDate === undefined ? {} : { billDate }),
    ...(period.value === null ? {} : { period: period.value }),
  });
}

/** The period of a run of order-billing; null for a run of bill-generation, which has none. */
function periodOf(workflowType: unknown, period: unknown): Parsed<Period | null> {
  if (workflowType === undefined || workflowType === billGeneration.type) {
    if (period === undefined) return { ok: true, value: null };
    const detail = `A "period" goes with "workflowType": "${ORDER_BILLING_TYPE}": give both or neither.`;
    return complain('unexpected-period', detail);
  }
  if (workflowType !== ORDER_BILLING_TYPE) {
    const detail = `"workflowType" takes "${billGeneration.type}" (the default) or "${ORDER_BILLING_TYPE}".`;
    return complain('invalid-workflow-type', detail);
  }
  if (period === undefined) {
    const detail = `A run of ${ORDER_BILLING_TYPE} needs the days whose orders it bills: ${PERIOD_EXAMPLE}.`;
    return complain('missing-period', detail);
  }
  const found = readPeriod(period);
  return found === null
    ? complain('invalid-period', `"period" takes two days, the first before the second: ${PERIOD_EXAMPLE}.`)
    : { ok: true, value: found };
}

const PERIOD_EXAMPLE = 'send "period":{"from":"2026-11-01","to":"2026-12-01"}, the last day not included';

/** A period with nothing else in it, or null. */
function readPeriod(value: unknown): Period | null {
  if (typeof value !== 'object' || value === null) return null;
  const { from, to, ...rest } = Object.fromEntries(Object.entries(value));
  if (typeof from !== 'string' || typeof to !== 'string' || Object.keys(rest).length > 0) return null;
  return isPeriod({ from, to }) ? { from, to } : null;
}

function fromList(
  list: readonly unknown[],
  runId: string | null,
  rest: Omit<BillRunRequest, 'customerIdentifiers'>,
): Parsed<RunRequest> {
  if (list.length === 0) return complain('no-identifiers', `The list of customers is empty: ${EXAMPLE}.`);
  const customers = new CustomerList();
  for (const [index, item] of list.entries()) {
    const problem = customers.add(item);
    if (problem === 'too-many') {
      const detail = `A run takes at most ${MAX_RUN_SIZE} customers: split it into several runs.`;
      return complain('too-many-identifiers', detail);
    }
    if (problem !== null) return complain('invalid-identifier', `Customer identifier [${index}] ${problem}.`);
  }
  const content = { customerIdentifiers: customers.identifiers(), ...rest };
  return { ok: true, value: { content, runId, duplicates: customers.duplicates() } };
}

/** The customers of a run as they come, one after the other, from whatever source: each once, at most `MAX_RUN_SIZE`. */
export class CustomerList {
  private readonly customers: Set<string> = new Set();
  private readonly named: Set<string> = new Set();

  /** Takes one in. Null where it is taken or was there already; 'too-many'; else what is wrong with it, as the end of a sentence. */
  add(item: unknown): string | null {
    const identifier = typeof item === 'number' && Number.isSafeInteger(item) ? String(item) : item;
    const problem = identifierProblem(identifier);
    if (problem !== null) return problem;
    const customer = identifier as string;
    if (this.customers.has(customer)) {
      if (this.named.size < MAX_DUPLICATES_NAMED) this.named.add(customer);
      return null;
    }
    if (this.customers.size === MAX_RUN_SIZE) return 'too-many';
    this.customers.add(customer);
    return null;
  }

  get size(): number {
    return this.customers.size;
  }

  /** Each once, in the order of the first mention. */
  identifiers(): readonly string[] {
    return [...this.customers];
  }

  /** Those that came more than once, at most 100 of them. */
  duplicates(): readonly string[] {
    return [...this.named];
  }
}

/** Null for an identifier that can be billed; else what is wrong with it, without quoting it. */
function identifierProblem(item: unknown): string | null {
  if (typeof item === 'number') return 'is not a whole number that JSON carries exactly: send it as a string';
  if (typeof item !== 'string') return 'is neither a string nor a whole number';
  if (item === '') return 'is empty';
  if (item.length > MAX_CUSTOMER_LENGTH) return `is longer than ${MAX_CUSTOMER_LENGTH} characters`;
  if (!identifierPattern.test(item)) return 'has a control character';
  return isWellFormed(item) ? null : 'has half of a surrogate pair';
}
