import { type Static, Type } from '@sinclair/typebox';
import { Period } from '../billing/period.ts';
import { CivilDate, type SchemaOf, text } from '../billing/schema.ts';
import { Identifier } from '../messages/schemas.ts';
import { OrderId, SignedDecimal } from './order.ts';

/** The category of the question what a customer has to pay for in a period; the Orders service answers it. */
export const CHARGES_CATEGORY = 'charges';

/** At most so many lines an answer. More are an error answer: `too-many-charges`. */
export const MAX_CHARGES = 2_000;

/** The longest description of a charge, in UTF-16 units: a bill's line has room for its date beside it. */
export const MAX_CHARGE_DESCRIPTION_LENGTH = 180;

const ChargesQuestionSchema = Type.Object({ customerIdentifier: Identifier, period: Period });
/** The payload of the question. */
export type ChargesQuestion = Static<typeof ChargesQuestionSchema>;
export const ChargesQuestion: SchemaOf<ChargesQuestion> = ChargesQuestionSchema;

const ChargeSchema = Type.Object({
  orderId: OrderId,
  description: text(MAX_CHARGE_DESCRIPTION_LENGTH),
  // as wide as an order's line: what no bill can hold is refused where it is billed, and said
  quantity: Type.Integer({ minimum: -1_000_000_000, maximum: 1_000_000_000 }),
  unitPrice: SignedDecimal,
  /** The day that it is billed by, in UTC: that of its shipment, or of the order where orders are billed unshipped. */
  date: CivilDate,
});
/** One line of an order: pieces, and the price of one as a decimal string in the customer's currency. */
export type Charge = Static<typeof ChargeSchema>;

const ChargesSchema = Type.Object({
  customerIdentifier: Identifier,
  lines: Type.Array(ChargeSchema, { maxItems: MAX_CHARGES }),
});
/** The answer: the lines of the customer's orders that were shipped in the period, in the order in which they are billed. */
export type Charges = Static<typeof ChargesSchema>;
export const Charges: SchemaOf<Charges> = ChargesSchema;
