import { type Static, Type } from '@sinclair/typebox';
import { GOODS_TAX_RATE } from '../billing/issue-bill.ts';
import { formatMoney, priceLine, sumMoney, taxOn } from '../billing/money.ts';
import { Amount, CivilDate, Currency, type SchemaOf } from '../billing/schema.ts';
import { digitsOf } from '../numbering/series.ts';
import { OrderId, SignedDecimal } from '../orders/order.ts';
import type { EventOrder } from './order-event.ts';
import { MAX_EVENT_LINES } from './order-event.ts';

const LineSchema = Type.Object({
  sku: Type.String({ minLength: 1, maxLength: 128 }),
  quantity: Type.Integer({ minimum: 1 }),
  unitPrice: SignedDecimal,
  net: Amount,
});

const InvoiceContentSchema = Type.Object({
  orderId: OrderId,
  customerId: Type.Union([Type.String({ maxLength: 256 }), Type.Null()]),
  issuer: Type.String({ pattern: '^[A-Z0-9]{2,12}$' }),
  /** The day of the event, in UTC. */
  date: CivilDate,
  currency: Currency,
  lines: Type.Array(LineSchema, { maxItems: MAX_EVENT_LINES }),
  net: Amount,
  /** In percent. */
  taxRate: Type.String(),
  tax: Amount,
  gross: Amount,
});
/** What is invoiced, before it has a number: all of an invoice but that. Amounts are decimal strings. */
export type InvoiceContent = Static<typeof InvoiceContentSchema>;
export const InvoiceContent: SchemaOf<InvoiceContent> = InvoiceContentSchema;

const InvoiceSchema = Type.Object({
  /** Without a gap within the issuer's year: `INV-2026-000001`, `INV-2026-000002`, … */
  number: Type.String({ pattern: '^INV-\\d{4}-\\d{6,}$' }),
  ...InvoiceContentSchema.properties,
});
/** An invoice, on `invoices`, keyed by order id. */
export type Invoice = Static<typeof InvoiceSchema>;
export const Invoice: SchemaOf<Invoice> = InvoiceSchema;

/**
 * What an order is invoiced with: each line's net and the tax on their sum are rounded once, half-up, to the currency's
 * minor unit. An order without usable lines comes to an invoice of zero.
 */
export function invoiceOf(order: EventOrder, date: string): InvoiceContent {
  const { orderId, customerId, issuer, currency } = order;
  const priced = order.lines.map(({ sku, quantity, price }) => {
    const net = priceLine(String(quantity), price, currency);
    return { net, line: { sku, quantity, unitPrice: price, net: formatMoney(net) } };
  });
  const net = sumMoney(
    priced.map((each) => each.net),
    currency,
  );
  const tax = taxOn(net, GOODS_TAX_RATE);
  const lines = priced.map(({ line }) => line);
  const sums = {
    net: formatMoney(net),
    taxRate: GOODS_TAX_RATE,
    tax: formatMoney(tax),
    gross: formatMoney(sumMoney([net, tax], currency)),
  };
  return { orderId, customerId, issuer, date, currency, lines, ...sums };
}

/** Who counts an invoice: its issuer and the year of its date. Numbers are given by one owner for each. */
export const seriesOf = ({ issuer, date }: Pick<InvoiceContent, 'issuer' | 'date'>): string =>
  `${issuer}-${date.slice(0, 4)}`;

/** The number of a series' invoice, counted from 1: six digits, more where there are more. */
export const invoiceNumber = ({ date }: Pick<InvoiceContent, 'date'>, count: number): string =>
  `INV-${date.slice(0, 4)}-${digitsOf(count)}`;
