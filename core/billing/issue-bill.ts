// Issuing: from a customer and the job's own data to the bill, with nothing else read.
import {
  BILL_WORKFLOW_ID_LENGTH_MAX,
  type Bill,
  type BillLine,
  type Issuer,
  type TaxSummary,
} from './bill.ts';
import type { UnnumberedBill } from './bill-number.ts';
import { addDays } from './civil-date.ts';
import type { Customer, Subscription, Usage } from './customer.ts';
import {
  compareDecimals,
  type Decimal,
  formatDecimal,
  parseDecimal,
  withoutTrailingZeros,
} from './decimal.ts';
import {
  exponentOf,
  formatMoney,
  type Money,
  MoneyError,
  type MoneyErrorCode,
  priceLine,
  sumMoney,
  taxOn,
} from './money.ts';
import type { Address } from './schema.ts';

/** Days from the bill's date to the day by which it is to be paid. */
export const PAYMENT_DAYS = 14;

/** What the quantity of a subscription counts. */
export const SUBSCRIPTION_UNIT = 'each';

/** What the quantity of goods counts. */
export const GOODS_UNIT = 'each';

/** The tax on goods, in percent: the standard rate where the sample issuer is, since customers' records have none. */
export const GOODS_TAX_RATE = '23';

/** The issuer on bills that name no other: a sample, not a company. */
export const SAMPLE_ISSUER: Issuer = {
  name: 'Requite Energy & Telecom Ltd',
  address: { lines: ['1 Example Quay'], postalCode: 'D02 X285', city: 'Dublin', country: 'IE' },
  taxId: 'IE0000000A',
  contact: ['billing@requite.example'],
};

/** Why a bill can't be issued. Stable. */
export type BillErrorCode = MoneyErrorCode | 'bad-bill-date' | 'bad-workflow-id';

/** The data can't be billed; `code` is stable, the message says where and what to do. */
export class BillError extends Error {
  override readonly name = 'BillError';
  readonly code: BillErrorCode;

  constructor(code: BillErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** What a bill takes from its job. */
export interface BillingOrder {
  /** 1 to 256 characters; where nobody gives a number, it ends the bill number as it stands. */
  readonly workflowId: string;
  /** `YYYY-MM-DD`. */
  readonly billDate: string;
  readonly issuer?: Issuer;
  /** What is billed, in this order, instead of the customer's subscriptions and usage; at most `BILL_LINES_MAX`. */
  readonly lines?: readonly Usage[];
}

/** A tax rate in percent; `text` has no zeros at its end. */
interface Rate {
  readonly text: string;
  readonly value: Decimal;
}

interface PricedLine {
  readonly line: BillLine;
  readonly rate: Rate;
  readonly net: Money;
}

/**
 * The bill of a customer whose answer has passed the schema {@link Customer}. Subscriptions come first, then
 * usage, each in the order of the answer; a customer with neither gets a bill of zero. An order with lines of its own
 * bills those alone.
 * Each line's net is rounded half-up to the currency's minor unit; the tax of each rate is computed on the sum
 * of its nets and rounded the same way. Fields of the answer that the schema does not name don't reach the bill.
 * @throws BillError with a stable `code`
 */
export function issueBill(customer: Customer, order: BillingOrder): Bill {
  const billNumber = billNumberOf(order.workflowId);
  return { billNumber, ...issueUnnumbered(customer, order) };
}

/** The same, less its number: somebody else gives it one. */
export function issueUnnumbered(customer: Customer, order: BillingOrder): UnnumberedBill {
  const { workflowId, billDate, issuer = SAMPLE_ISSUER } = order;
  const { currency } = customer;
  const dueDate = dueDateOf(billDate);
  billable(`customer ${customer.customerIdentifier}`, () => exponentOf(currency));
  const lines = pricedLines(customer, order);
  const taxes = billable('tax summary', () => taxSummary(lines, currency));
  const totals = billable('total', () => totalsOf(lines, taxes, currency));
  return {
    workflowId,
    issuer: copyOfIssuer(issuer),
    customer: billedCustomer(customer),
    billDate,
    dueDate,
    currency,
    rounding: 'half-up',
    lines: lines.map(({ line }) => line),
    taxes: taxes.map((entry) => entry.summary),
    netTotal: totals.netTotal,
    taxTotal: totals.taxTotal,
    total: totals.total,
  };
}

function totalsOf(
  lines: readonly PricedLine[],
  taxes: readonly { readonly tax: Money }[],
  currency: string,
): Pick<Bill, 'netTotal' | 'taxTotal' | 'total'> {
  const net = sumMoney(
    lines.map((line) => line.net),
    currency,
  );
  const tax = sumMoney(
    taxes.map((entry) => entry.tax),
    currency,
  );
  const total = sumMoney([net, tax], currency);
  return { netTotal: formatMoney(net), taxTotal: formatMoney(tax), total: formatMoney(total) };
}

function pricedLines({ currency, subscriptions, usage }: Customer, order: BillingOrder): PricedLine[] {
  const lines: PricedLine[] = [];
  const rates = new Map<string, Rate>();
  const add = (entry: Subscription, unit: string): void => {
    const where = `line ${lines.length + 1}`;
    lines.push(billable(where, () => pricedLine(entry, unit, currency, rates)));
  };
  if (order.lines === undefined) for (const entry of subscriptions) add(entry, SUBSCRIPTION_UNIT);
  for (const entry of order.lines ?? usage) add(entry, entry.unit);
  return lines;
}

/** @param rates those that the bill has had so far, by their texts; a new one is added */
function pricedLine(
  entry: Subscription,
  unit: string,
  currency: string,
  rates: Map<string, Rate>,
): PricedLine {
  const { description, quantity, unitPrice, taxRate } = entry;
  const net = priceLine(quantity, unitPrice, currency);
  const rate = rates.get(taxRate) ?? rateOf(taxRate);
  rates.set(taxRate, rate);
  return { line: { description, quantity, unit, unitPrice, taxRate, net: formatMoney(net) }, rate, net };
}

function rateOf(taxRate: string): Rate {
  const value = parseDecimal(taxRate);
  if (value === undefined || value.unscaled < 0n) {
    throw new MoneyError(
      'not-a-decimal',
      'A tax rate is no decimal of 0 or more. Write percent, such as 19 or 7.5.',
    );
  }
  const shortest = withoutTrailingZeros(value);
  return { text: formatDecimal(shortest), value: shortest };
}

function taxSummary(lines: readonly PricedLine[], currency: string): { summary: TaxSummary; tax: Money }[] {
  const byRate = new Map<string, { rate: Rate; nets: Money[] }>();
  for (const { rate, net } of lines) {
    const group = byRate.get(rate.text);
    if (group === undefined) byRate.set(rate.text, { rate, nets: [net] });
    else group.nets.push(net);
  }
  const groups = [...byRate.values()];
  if (groups.length > 1) groups.sort((a, b) => compareDecimals(a.rate.value, b.rate.value));
  return groups.map(({ rate, nets }) => {
    const net = sumMoney(nets, currency);
    const tax = taxOn(net, rate.text);
    return { summary: { taxRate: rate.text, net: formatMoney(net), tax: formatMoney(tax) }, tax };
  });
}

function dueDateOf(billDate: string): string {
  const dueDate = addDays(billDate, PAYMENT_DAYS);
  if (dueDate === undefined) {
    throw new BillError(
      'bad-bill-date',
      `The bill date ${JSON.stringify(billDate.slice(0, 20))} is no day of the years 0001 to 9999 with ${PAYMENT_DAYS} ` +
        'days to come. Write it as YYYY-MM-DD.',
    );
  }
  return dueDate;
}

/** A workflow-id is billed once, so it can number its bill. */
function billNumberOf(workflowId: string): string {
  if (workflowId.length === 0 || workflowId.length > BILL_WORKFLOW_ID_LENGTH_MAX) {
    throw new BillError(
      'bad-workflow-id',
      `A workflow-id of ${workflowId.length} characters can't end a bill number. Use 1 to ${BILL_WORKFLOW_ID_LENGTH_MAX}.`,
    );
  }
  return `B-${workflowId}`;
}

function billedCustomer({ customerIdentifier, name, address, taxId }: Customer): Bill['customer'] {
  const billed = { customerIdentifier, name, address: copyOfAddress(address) };
  return taxId === undefined ? billed : { ...billed, taxId };
}

function copyOfIssuer({ name, address, taxId, contact }: Issuer): Issuer {
  return { name, address: copyOfAddress(address), taxId, contact: [...contact] };
}

function copyOfAddress({ lines, postalCode, city, region, country }: Address): Address {
  // Four shapes spelled out, for copying an object into another is slow where it is done for each bill.
  const copy = [...lines];
  if (postalCode === undefined) {
    return region === undefined ? { lines: copy, city, country } : { lines: copy, city, region, country };
  }
  if (region === undefined) return { lines: copy, postalCode, city, country };
  return { lines: copy, postalCode, city, region, country };
}

/** Runs what may refuse an amount, and says where on the bill it was refused. */
function billable<T>(where: string, decide: () => T): T {
  try {
    return decide();
  } catch (error) {
    if (error instanceof MoneyError)
      // biome-ignore lint/style/useErrorCause: the cause is passed, after code and message
      throw new BillError(error.code, `Can't bill ${where}: ${error.message}`, { cause: error });
    throw error;
  }
}
