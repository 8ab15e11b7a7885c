// What a bill must say, from the customer that was planned and the day that was asked for. Nothing of the core.
import { decimalsOf, grouped, percentOf, productOf, rateName, written } from './checker-money.ts';
import type { PlannedCustomer } from './plan.ts';

/** What is owed to who asked: a bill for a customer, or a failure where nobody knows the customer. */
export interface Owed {
  readonly workflowId: string;
  readonly billDate: string;
  readonly customer: PlannedCustomer | null;
}

/** The data that `completed` must carry, as far as the checker knows it by itself. */
export interface ExpectedBill {
  readonly workflowId: string;
  readonly billDate: string;
  readonly dueDate: string;
  readonly currency: string;
  readonly customer: unknown;
  readonly lines: readonly { readonly description: string; readonly net: string }[];
  readonly taxes: readonly { readonly taxRate: string; readonly net: string; readonly tax: string }[];
  readonly netTotal: string;
  readonly taxTotal: string;
  readonly total: string;
}

const DUE_AFTER_MS = 14 * 24 * 3_600_000;

export function expectedBill(customer: PlannedCustomer, { workflowId, billDate }: Owed): ExpectedBill {
  const { currency } = customer;
  const decimals = decimalsOf(currency);
  const entries = [
    ...customer.subscriptions.map((each) => ({ ...each, unit: 'each' })),
    ...customer.usage,
  ].map((each) => ({ ...each, amount: productOf(each.quantity, each.unitPrice, decimals) }));
  const rates = [...new Set(entries.map(({ taxRate }) => rateName(taxRate)))];
  const taxes = rates
    .sort((one, other) => Number(one) - Number(other))
    .map((taxRate) => {
      const net = sum(
        entries.filter((each) => rateName(each.taxRate) === taxRate).map(({ amount }) => amount),
      );
      return { taxRate, net, tax: percentOf(net, taxRate) };
    });
  const netTotal = sum(entries.map(({ amount }) => amount));
  const taxTotal = sum(taxes.map(({ tax }) => tax));
  const text = (amount: bigint): string => written(amount, decimals);
  const { customerIdentifier, name, address, taxId } = customer;
  return {
    workflowId,
    billDate,
    dueDate: new Date(Date.parse(billDate) + DUE_AFTER_MS).toISOString().slice(0, 10),
    currency,
    customer: { customerIdentifier, name, address, ...(taxId === undefined ? {} : { taxId }) },
    lines: entries.map(({ description, quantity, unit, unitPrice, taxRate, amount }) => ({
      description,
      quantity,
      unit,
      unitPrice,
      taxRate,
      net: text(amount),
    })),
    taxes: taxes.map(({ taxRate, net, tax }) => ({ taxRate, net: text(net), tax: text(tax) })),
    netTotal: text(netTotal),
    taxTotal: text(taxTotal),
    total: text(netTotal + taxTotal),
  };
}

/** The fields in which what was reported is not what it must be; what the checker does not know it leaves alone. */
export function differences(found: unknown, expected: ExpectedBill): readonly string[] {
  const bill = (typeof found === 'object' && found !== null ? found : {}) as Readonly<
    Record<string, unknown>
  >;
  return Object.entries(expected).flatMap(([name, value]) =>
    Bun.deepEquals(bill[name], value) ? [] : [name],
  );
}

/** What the text of a bill lacks of what matters to who reads it; empty: it is all there. */
export function missingIn(text: string, expected: ExpectedBill, billNumber: string): readonly string[] {
  const { billDate, dueDate, currency, lines, taxes, total } = expected;
  const amounts = [...lines.map(({ net }) => net), ...taxes.flatMap(({ net, tax }) => [net, tax])];
  const due = total.startsWith('-') ? `Credit ${currency}` : `Total due ${currency}`;
  // long identifiers are wrapped, so that blanks and line ends are no part of what is compared
  const dense = text.replaceAll(/\s/g, '');
  const needed = [
    billNumber,
    `Bill date ${billDate}`,
    `Due date ${dueDate}`,
    ...lines.map(({ description }) => description),
    ...amounts.map(grouped),
    `${due} ${grouped(total.replace(/^-/, ''))}`,
  ];
  return needed.filter((each) => !dense.includes(each.replaceAll(/\s/g, '')));
}

const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((all, each) => all + each, 0n);
