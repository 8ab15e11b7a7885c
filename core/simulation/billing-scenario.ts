import { type BillRequest, billGeneration, numberedBillGeneration } from '../billing/bill-generation.ts';
import type { Customer } from '../billing/customer.ts';
import { issueBill } from '../billing/issue-bill.ts';
import { renderBill, TEXT_RENDERER } from '../billing/render-text.ts';
import type { Json } from '../messages/json.ts';
import { sha256 } from '../messages/sha256.ts';
import { billNumberQuestionsFold, billNumbersFold } from '../numbering/bill-numbers.ts';
import type { Ended, Expected, Outcomes, Reply, Scenario } from './options.ts';

/** The years of the bills' dates: two series. */
const YEARS = 2;
const UNKNOWN = 'no-such-customer';
/** A currency that there isn't: its bill can't be issued, and so never asks for a number. */
const UNBILLABLE = 'XXZ';

const numbered = [billGeneration, numberedBillGeneration];

function customerOf(customerIdentifier: string, name: string): Customer {
  return {
    customerIdentifier,
    name,
    address: { lines: ['1 Example Road'], city: 'Dublin', country: 'IE' },
    currency: nth(customerIdentifier) % 5 === 3 ? UNBILLABLE : 'EUR',
    subscriptions: [{ description: 'Line', quantity: '1', unitPrice: '10.00', taxRate: '23' }],
    usage: [],
  };
}

const nth = (customerIdentifier: string): number => Number(customerIdentifier);

const customerReply = (payload: Json, name: string): Reply => {
  const { customerIdentifier } = payload as unknown as BillRequest;
  if (nth(customerIdentifier) % 5 === 4) return { error: { code: UNKNOWN, message: 'nobody knows them' } };
  return { answer: customerOf(customerIdentifier, name) as unknown as Json };
};

/**
 * Bills, numbered without a gap: the workflows and folds of the billing engine, with a deployment that knows the first
 * version alone. Some customers are unknown, and some can't be billed.
 */
export const billingScenario: Scenario = {
  name: 'billing',
  asksOnce: true,
  deployments: [numbered, [billGeneration], numbered],
  folds: [billNumberQuestionsFold, billNumbersFold],
  workflow: (nth, choose) => ({
    type: billGeneration.type,
    payload: { customerIdentifier: String(nth), billDate: `${2026 + choose(YEARS)}-01-31` },
  }),
  reply: (category, payload) => (category === 'customer' ? customerReply(payload, 'Ada') : null),
  contradiction: (category, payload) => (category === 'customer' ? customerReply(payload, 'Eve') : null),
  expected,
  atRest: ({ ended }) => gapOf(ended),
};

function expected({
  workflowId,
  version,
  payload,
  outcomes,
}: Parameters<NonNullable<Scenario['expected']>>[0]): Expected | null {
  const { billDate = '' } = payload as unknown as BillRequest;
  const said = outcomes.get('customer');
  if (said === undefined || said === null) return null;
  if ('error' in said) return { status: 'failed', code: said.error.code };
  const customer = said.answer as unknown as Customer;
  if (customer.currency === UNBILLABLE) return { status: 'failed', code: 'unknown-currency' };
  const first = issueBill(customer, { workflowId, billDate });
  const bill = version === 1 ? first : { ...first, billNumber: numberIn(outcomes) };
  const result = { bill, renderer: TEXT_RENDERER, sha256: sha256(renderBill(bill)) };
  return { status: 'completed', result: result as unknown as Json };
}

function numberIn(outcomes: Outcomes): string {
  const said = outcomes.get('bill-number');
  return said !== undefined && said !== null && 'answer' in said
    ? (said.answer as { readonly number: string }).number
    : 'none';
}

/** What is wrong with the numbers of all bills together: each series has 1 to n, each once. */
function gapOf(ended: readonly Ended[]): string | null {
  const series = new Map<string, number[]>();
  for (const { version, result } of ended) {
    if (version === 1 || result === undefined) continue;
    const { billNumber, billDate } = (result as unknown as { bill: { billNumber: string; billDate: string } })
      .bill;
    const [, issuer = '', year = '', count = ''] = /^(.+)-(\d{4})-(\d{6,})$/.exec(billNumber) ?? [];
    if (issuer === '' || year !== billDate.slice(0, 4))
      return `a bill of ${billDate} has the number ${billNumber}`;
    const counts = series.get(`${issuer}-${year}`) ?? [];
    counts.push(Number(count));
    series.set(`${issuer}-${year}`, counts);
  }
  for (const [name, counts] of series) {
    counts.sort((one, other) => one - other);
    if (counts.some((count, at) => count !== at + 1))
      return `the numbers of ${name} are ${counts.join(', ')}`;
  }
  return null;
}
