// What a run may be asked for with beside its customers. Pure: fields in, options or complaint out.
import {
  type BillRunRequest,
  billDateIn,
  billGeneration,
  daysOf,
  IDENTIFIER_PATTERN,
  isBillingPeriod,
  isCivilDate,
  isPeriod,
  isWellFormed,
  MAX_LABEL_LENGTH,
  ORDER_BILLING_TYPE,
  type Period,
  RUN_ID_PATTERN,
} from '../../core/mod.ts';

/** Why a request can't be taken: a stable code, and what to do. */
interface Complaint {
  readonly code: string;
  readonly detail: string;
}

export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly complaint: Complaint };

export const complain = (
  code: string,
  detail: string,
): { readonly ok: false; readonly complaint: Complaint } => ({
  ok: false,
  complaint: { code, detail },
});

/** All of a run but its customers. */
export interface RunOptions {
  /** The run-id that the client chose, if it did. */
  readonly runId: string | null;
  readonly content: Omit<BillRunRequest, 'customerIdentifiers'>;
}

/** The fields that are read here. */
export const OPTION_FIELDS: readonly string[] = [
  'runId',
  'billDate',
  'workflowType',
  'period',
  'label',
  'billingPeriod',
];

const printablePattern = new RegExp(IDENTIFIER_PATTERN);
const runIdPattern = new RegExp(RUN_ID_PATTERN);

/** Reads a run's options; fields of other names are not looked at. */
export function parseRunOptions(fields: ReadonlyMap<string, unknown>): Parsed<RunOptions> {
  const runId = fields.get('runId');
  if (runId !== undefined && !(typeof runId === 'string' && runIdPattern.test(runId)))
    return complain('invalid-run-id', '"runId" takes 1 to 64 letters, digits and hyphens.');
  const label = fields.get('label');
  if (label !== undefined && !isLabel(label)) {
    const detail = `"label" takes 1 to ${MAX_LABEL_LENGTH} characters of text, without control characters.`;
    return complain('invalid-label', detail);
  }
  const dated = datesOf(fields);
  if (!dated.ok) return dated;
  const content = { ...dated.value, ...(label === undefined ? {} : { label }) };
  return { ok: true, value: { runId: runId ?? null, content } };
}

function isLabel(value: unknown): value is string {
  if (typeof value !== 'string' || value.length > MAX_LABEL_LENGTH) return false;
  return printablePattern.test(value) && isWellFormed(value);
}

type Dates = Pick<BillRunRequest, 'billDate' | 'period' | 'billingPeriod'>;

function datesOf(fields: ReadonlyMap<string, unknown>): Parsed<Dates> {
  const billDate = fields.get('billDate');
  if (billDate !== undefined && !(typeof billDate === 'string' && isCivilDate(billDate)))
    return complain('invalid-bill-date', '"billDate" takes a day of the calendar as YYYY-MM-DD.');
  const billingPeriod = fields.get('billingPeriod');
  if (billingPeriod !== undefined) return datesIn(billingPeriod, fields);
  const period = periodOf(fields.get('workflowType'), fields.get('period'));
  if (!period.ok) return period;
  return {
    ok: true,
    value: {
      ...(billDate === undefined ? {} : { billDate }),
      ...(period.value === null ? {} : { period: period.value }),
    },
  };
}

/** All dates of a billing period follow from it: with other ones, the same customer and period would be another bill. */
function datesIn(billingPeriod: unknown, fields: ReadonlyMap<string, unknown>): Parsed<Dates> {
  if (typeof billingPeriod !== 'string' || !isBillingPeriod(billingPeriod))
    return complain('invalid-billing-period', '"billingPeriod" takes a month as YYYY-MM, such as 2026-11.');
  const doubled = ['billDate', 'period'].find((name) => fields.has(name));
  if (doubled !== undefined) {
    const detail = `"${doubled}" follows from "billingPeriod" (its bills are dated by its last day): leave one of the two out.`;
    return complain('unexpected-dates', detail);
  }
  const type = fields.get('workflowType');
  const days = type === ORDER_BILLING_TYPE ? daysOf(billingPeriod) : undefined;
  const period = periodOf(type, days);
  if (!period.ok) return period;
  const orders = period.value === null ? {} : { period: period.value };
  return { ok: true, value: { billDate: billDateIn(billingPeriod), ...orders, billingPeriod } };
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
