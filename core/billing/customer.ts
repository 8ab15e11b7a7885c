// The full answer of the CRM to a question of the category `customer`: who is billed, where, and for what.
import { Type } from '@sinclair/typebox';
import {
  Address,
  Currency,
  ENTRIES_MAX,
  list,
  Quantity,
  type SchemaOf,
  TaxRate,
  text,
  UnitPrice,
} from './schema.ts';

/** A standing charge for the billed period: quantity times unit price. */
export interface Subscription {
  readonly description: string;
  /** Decimal string, not negative. */
  readonly quantity: string;
  /** Decimal string in the customer's currency, before tax; may have more decimals than the currency. */
  readonly unitPrice: string;
  /** Percent, as a decimal string: `19`. */
  readonly taxRate: string;
}

/** What was metered in the billed period. */
export interface Usage extends Subscription {
  /** What the quantity counts: `kWh`, `GB`, `min`. */
  readonly unit: string;
}

/** The levels of customers, the best first. */
export const CUSTOMER_LEVELS = ['platinum', 'gold', 'silver', 'bronze'] as const;
export type CustomerLevel = (typeof CUSTOMER_LEVELS)[number];

/** A customer with everything a bill needs. */
export interface Customer {
  readonly customerIdentifier: string;
  readonly name: string;
  readonly address: Address;
  /** ISO 4217 code of the currency of every price. */
  readonly currency: string;
  readonly taxId?: string;
  /** Where mails go; no bill shows it. Its form is checked loosely: an odd address must not keep a bill back. */
  readonly email?: string;
  /** What the shop thinks of the customer; no bill shows it. */
  readonly level?: CustomerLevel;
  readonly subscriptions: readonly Subscription[];
  readonly usage: readonly Usage[];
}

/** The longest mail address that SMTP takes (RFC 5321, 4.5.3.1.3, without its brackets). */
const MAIL_ADDRESS_LENGTH_MAX = 254;

const Email = Type.String({
  minLength: 3,
  maxLength: MAIL_ADDRESS_LENGTH_MAX,
  pattern: '^[^\\s@]+@[^\\s@]+$',
});
const Level: SchemaOf<CustomerLevel> = Type.Union(CUSTOMER_LEVELS.map((level) => Type.Literal(level)));

const priced = { description: text(200), quantity: Quantity, unitPrice: UnitPrice, taxRate: TaxRate };

/** Schema of {@link Customer}; fields it does not name are let through and ignored. */
export const Customer: SchemaOf<Customer> = Type.Object({
  customerIdentifier: text(256),
  name: text(200),
  address: Address,
  currency: Currency,
  taxId: Type.Optional(text(40)),
  email: Type.Optional(Email),
  level: Type.Optional(Level),
  subscriptions: list(Type.Object(priced), ENTRIES_MAX),
  usage: list(Type.Object({ ...priced, unit: text(16) }), ENTRIES_MAX),
});
