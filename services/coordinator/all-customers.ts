// All customers that there are, as the CRM has them.
import { Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { CallFailed, type Calls } from '../platform/calls/index.ts';
import { HttpProblem, unavailable } from '../platform/http/index.ts';
import { CustomerList } from './customers.ts';
import { checked } from './intake.ts';

const CRM = 'crm';
const PAGE = 10_000;
/** For one page, in milliseconds. */
const PAGE_MS = 10_000;

const Page = Type.Object({
  customerIdentifiers: Type.Array(Type.String(), { maxItems: PAGE }),
  next: Type.Union([Type.String(), Type.Null()]),
});

/**
 * Their identifiers, in the order of the CRM. Whoever was a customer when this was asked, and still is when it ends, is in
 * it. Throws `HttpProblem`: 400 where there are none or too many, 503 with the reason while the CRM is away.
 */
export async function allCustomers(calls: Pick<Calls, 'to'>): Promise<readonly string[]> {
  const crm = calls.to(CRM, { timeoutMs: PAGE_MS, attemptTimeoutMs: PAGE_MS / 2 });
  const customers = new CustomerList();
  for (let after: string | null = ''; after !== null; ) {
    const path = `/customer-identifiers?limit=${PAGE}&after=${encodeURIComponent(after)}`;
    const { customerIdentifiers, next }: { customerIdentifiers: string[]; next: string | null } =
      await pageAt(path, crm);
    const before = customers.size;
    for (const each of customerIdentifiers)
      checked(customers.add(each, () => 'An identifier of a customer in the CRM'));
    if (next !== null && customers.size === before) throw away('its pages of customers have no end');
    after = next;
  }
  if (customers.size > 0) return customers.identifiers();
  const detail = 'The CRM has no customers: create some there (POST /customers), or name those to bill.';
  throw new HttpProblem({ status: 400, code: 'no-identifiers', detail });
}

async function pageAt(
  path: string,
  crm: ReturnType<Calls['to']>,
): Promise<{ customerIdentifiers: string[]; next: string | null }> {
  try {
    const { status, body } = await crm.call(path);
    if (status === 200 && Value.Check(Page, body)) return body;
    throw away(`it answered ${status} where its customers were asked for`);
  } catch (error) {
    if (!(error instanceof CallFailed)) throw error;
    throw away(error.message, error);
  }
}

function away(why: string, cause?: unknown): HttpProblem {
  const detail = `The CRM can't say now who all customers are (${why}): nothing was started. Send the same request again later, or name the customers.`;
  return unavailable('customers-unavailable', detail, cause);
}
