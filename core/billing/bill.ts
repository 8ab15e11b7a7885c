// What a bill is. It is JSON as it stands: amounts are decimal strings with the currency's decimals.
import { Type } from '@sinclair/typebox';
import {
  Address,
  Amount,
  CivilDate,
  Currency,
  ENTRIES_MAX,
  list,
  Quantity,
  type SchemaOf,
  TaxRate,
  text,
  UnitPrice,
} from './schema.ts';

/** Longest workflow-id that a bill number is made of, in UTF-16 units. */
export const BILL_WORKFLOW_ID_LENGTH_MAX = 256;

/** The most lines that a bill holds. */
export const BILL_LINES_MAX: number = 2 * ENTRIES_MAX;

/** Who sends the bill. */
export interface Issuer {
  readonly name: string;
  readonly address: Address;
  readonly taxId: string;
  /** Where to ask, and how to pay: printed as they are, one a line, at most 6. */
  readonly contact: readonly string[];
}

/** Who is billed, as on the day of the bill. */
export interface BilledCustomer {
  readonly customerIdentifier: string;
  readonly name: string;
  readonly address: Address;
  readonly taxId?: string;
}

/** One thing billed. */
export interface BillLine {
  readonly description: string;
  readonly quantity: string;
  readonly unit: string;
  readonly unitPrice: string;
  /** Percent. */
  readonly taxRate: string;
  /** Quantity times unit price, rounded to the minor unit. */
  readonly net: string;
}

/** The tax at one rate, on the sum of the nets of its lines. */
export interface TaxSummary {
  /** Percent, without zeros at its end: lines at `19` and `19.0` are one rate. */
  readonly taxRate: string;
  readonly net: string;
  readonly tax: string;
}

/** A bill: a pure function of a job's input and answers. */
export interface Bill {
  /** Of its series, such as `IE0000000A-2026-000001`; `B-<workflow-id>` where bills are not numbered. */
  readonly billNumber: string;
  readonly workflowId: string;
  readonly issuer: Issuer;
  readonly customer: BilledCustomer;
  /** `YYYY-MM-DD`. */
  readonly billDate: string;
  /** `YYYY-MM-DD`. */
  readonly dueDate: string;
  readonly currency: string;
  /** How nets and taxes were rounded: to the nearest minor unit, a half away from zero. */
  readonly rounding: 'half-up';
  readonly lines: readonly BillLine[];
  /** By rising rate; none where there are no lines. */
  readonly taxes: readonly TaxSummary[];
  readonly netTotal: string;
  readonly taxTotal: string;
  readonly total: string;
}

/** Schema of {@link Issuer}. */
export const Issuer: SchemaOf<Issuer> = Type.Object({
  name: text(200),
  address: Address,
  taxId: text(40),
  contact: list(text(100), 6),
});

const BillLine: SchemaOf<BillLine> = Type.Object({
  description: text(200),
  quantity: Quantity,
  unit: text(16),
  unitPrice: UnitPrice,
  taxRate: TaxRate,
  net: Amount,
});

/** Schema of {@link Bill}. */
export const Bill: SchemaOf<Bill> = Type.Object({
  billNumber: text(BILL_WORKFLOW_ID_LENGTH_MAX + 2),
  workflowId: text(BILL_WORKFLOW_ID_LENGTH_MAX),
  issuer: Issuer,
  customer: Type.Object({
    customerIdentifier: text(256),
    name: text(200),
    address: Address,
    taxId: Type.Optional(text(40)),
  }),
  billDate: CivilDate,
  dueDate: CivilDate,
  currency: Currency,
  rounding: Type.Literal('half-up'),
  lines: list(BillLine, BILL_LINES_MAX),
  taxes: list(Type.Object({ taxRate: TaxRate, net: Amount, tax: Amount }), BILL_LINES_MAX),
  netTotal: Amount,
  taxTotal: Amount,
  total: Amount,
});
