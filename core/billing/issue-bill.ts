// Issuing: from a customer and the job's own data to the bill, with nothing else read.
import {
  BILL_WORKFLOW_ID_LENGTH_MAX,
  type Bill,
  type BillLine,
  type Issuer,
  type TaxSummary,
} from './bill.ts';
import { addBillNumber, type UnnumberedBill } from './bill-number.ts';
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
  taxAtRate,
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

/** The issuer on bills that name no other: a sample, not a company. They share it, so that it is laid out once for all. */
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

/** The lines at one rate, however it is written. */
interface RateGroup {
  readonly rate: Rate;
  readonly nets: Money[];
}

interface PricedLines {
  readonly lines: readonly BillLine[];
  /** By rising rate. */
  readonly groups: readonly RateGroup[];
}

interface TaxedGroup {
  readonly rate: Rate;
  readonly net: Money;
  readonly tax: Money;
}

type Totals = Pick<Bill, 'netTotal' | 'taxTotal' | 'total'>;

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
  return addBillNumber(issueUnnumbered(customer, order), billNumber);
}

/** The same, less its number: somebody else gives it one. */
export function issueUnnumbered(customer: Customer, order: BillingOrder): UnnumberedBill {
  const { workflowId, billDate, issuer } = order;
  const { currency } = customer;
  const dueDate = dueDateOf(billDate);
  assertBillable(customer);
  const { lines, groups } = pricedLines(customer, order);
  const taxes = taxed(groups, currency);
  const { netTotal, taxTotal, total } = totalsOf(taxes, currency);
  return {
    workflowId,
    issuer: issuer === undefined ? SAMPLE_ISSUER : copyOfIssuer(issuer),
    customer: billedCustomer(customer),
    billDate,
    dueDate,
    currency,
    rounding: 'half-up',
    lines,
    taxes: taxes.map(summaryOf),
    netTotal,
    taxTotal,
    total,
  };
}

function assertBillable({ currency, customerIdentifier }: Customer): void {
  try {
    exponentOf(currency);
  } catch (error) {
    throw unbillable(`customer ${customerIdentifier}`, error);
  }
}

function pricedLines({ currency, subscriptions, usage }: Customer, order: BillingOrder): PricedLines {
  const lines: BillLine[] = [];
  const groups: RateGroup[] = [];
  try {
    if (order.lines === undefined) {
      for (const entry of subscriptions) lines.push(pricedLine(entry, SUBSCRIPTION_UNIT, currency, groups));
    }
    for (const entry of order.lines ?? usage) lines.push(pricedLine(entry, entry.unit, currency, groups));
  } catch (error) {
    throw unbillable(`line ${lines.length + 1}`, error);
  }
  if (groups.length > 1) groups.sort((a, b) => compareDecimals(a.rate.value, b.rate.value));
  return { lines, groups };
}

/** @param groups those of the lines so far, to one of which the line's net is added */
function pricedLine(entry: Subscription, unit: string, currency: string, groups: RateGroup[]): BillLine {
  const { description, quantity, unitPrice, taxRate } = entry;
  const net = priceLine(quantity, unitPrice, currency);
  groupOf(taxRate, groups).nets.push(net);
  return { description, quantity, unit, unitPrice, taxRate, net: formatMoney(net) };
}

/** The group of a rate, made where there is none. */
function groupOf(taxRate: string, groups: RateGroup[]): RateGroup {
  for (const group of groups) if (group.rate.text === taxRate) return group;
  const rate = rateOf(taxRate);
  for (const group of groups) if (group.rate.text === rate.text) return group;
  const group: RateGroup = { rate, nets: [] };
  groups.push(group);
  return group;
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

function taxed(groups: readonly RateGroup[], currency: string): TaxedGroup[] {
  try {
    return groups.map(({ rate, nets }) => {
      const net = sumMoney(nets, currency);
      return { rate, net, tax: taxAtRate(net, rate.value) };
    });
  } catch (error) {
    throw unbillable('tax summary', error);
  }
}

function summaryOf({ rate, net, tax }: TaxedGroup): TaxSummary {
  return { taxRate: rate.text, net: formatMoney(net), tax: formatMoney(tax) };
}

function totalsOf(groups: readonly TaxedGroup[], currency: string): Totals {
  try {
    const net = sumMoney(
      groups.map((group) => group.net),
      currency,
    );
    const tax = sumMoney(
      groups.map((group) => group.tax),
      currency,
    );
    const total = sumMoney([net, tax], currency);
    return { netTotal: formatMoney(net), taxTotal: formatMoney(tax), total: formatMoney(total) };
  } catch (error) {
    throw unbillable('total', error);
  }
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
  const copy = copyOfAddress(address);
  if (taxId === undefined) return { customerIdentifier, name, address: copy };
  return { customerIdentifier, name, address: copy, taxId };
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

/** What is thrown for an error: of a refused amount it says where on the bill that is. */
function unbillable(where: string, error: unknown): unknown {
  if (!(error instanceof MoneyError)) return error;
  return new BillError(error.code, `Can't bill ${where}: ${error.message}`, { cause: error });
}
