import { type Static, Type } from '@sinclair/typebox';
import { canonicalJson, type Json, MAX_PAYLOAD_LENGTH } from '../messages/json.ts';
import { sha256 } from '../messages/sha256.ts';
import { type Request, type WorkflowContext, WorkflowFailure } from '../workflow/definition.ts';
import type { Bill } from './bill.ts';
import type { SchemaOf } from './schema.ts';

/** The category of the question which number a bill gets: the last that it needs answered. */
export const BILL_NUMBER_CATEGORY = 'bill-number';

/** The longest number that an answerer may give. */
const MAX_NUMBER_LENGTH = 64;
/** Room for the number and what is around the bill in a result: no bill fails for its number's length. */
const MARGIN = 1_024;

const BillNumberQuestionSchema = Type.Object({
  /** Who counts: the issuer's tax id, in capitals and without what only parts it. */
  issuer: Type.String({ pattern: '^[A-Z0-9+*]{1,40}$' }),
  /** The year of the bill's date. */
  year: Type.String({ pattern: '^[0-9]{4}$' }),
  /** SHA-256 of the bill as canonical JSON, without its number. */
  bill: Type.String({ pattern: '^[0-9a-f]{64}$' }),
});
/** The payload of the question: what makes the series, and what the number is for. */
export type BillNumberQuestion = Static<typeof BillNumberQuestionSchema>;
export const BillNumberQuestion: SchemaOf<BillNumberQuestion> = BillNumberQuestionSchema;

const BillNumberSchema = Type.Object({
  /** Printable and short, so that a bill which could be rendered without can be rendered with it. */
  number: Type.String({ pattern: '^[A-Za-z0-9+*/._-]+$', minLength: 1, maxLength: MAX_NUMBER_LENGTH }),
});
/** The answer. */
export type BillNumber = Static<typeof BillNumberSchema>;
export const BillNumber: SchemaOf<BillNumber> = BillNumberSchema;

/** A bill that has no number yet. */
export type UnnumberedBill = Omit<Bill, 'billNumber'>;

/**
 * Asks for the bill's number, as the last thing that its workflow asks: all that may fail must have been done. Throws
 * `WorkflowFailure` before it asks, where the bill can't be numbered or is too large to be told.
 */
export function* withNumber(
  { ask }: WorkflowContext,
  bill: UnnumberedBill,
): Generator<Request, Bill, unknown> {
  const question = questionOf(bill);
  const { number } = yield* ask(BILL_NUMBER_CATEGORY, question, BillNumber, { irrevocable: true });
  return addBillNumber(bill, number);
}

/** The bill with its number before all else. Spelled out, for spreading an object into another is slow. */
export function addBillNumber(bill: UnnumberedBill, billNumber: string): Bill {
  const { workflowId, issuer, customer, billDate, dueDate, currency, rounding } = bill;
  const { lines, taxes, netTotal, taxTotal, total } = bill;
  return {
    billNumber,
    workflowId,
    issuer,
    customer,
    billDate,
    dueDate,
    currency,
    rounding,
    lines,
    taxes,
    netTotal,
    taxTotal,
    total,
  };
}

function questionOf(bill: UnnumberedBill): BillNumberQuestion {
  const text = canonicalJson(bill as unknown as Json);
  if (text.length > MAX_PAYLOAD_LENGTH - MARGIN) {
    const message = `the bill has ${text.length} characters, and ${MAX_PAYLOAD_LENGTH - MARGIN} can be told: bill less at once`;
    throw new WorkflowFailure('bill-too-large', message);
  }
  return { issuer: issuerOf(bill), year: bill.billDate.slice(0, 4), bill: sha256(text) };
}

/** Who counts. Blanks, dots, hyphens and slashes only part a tax id: with and without them it is one. */
function issuerOf({ issuer }: UnnumberedBill): string {
  const id = issuer.taxId.toUpperCase().replaceAll(/[\s./-]/g, '');
  if (/^[A-Z0-9+*]{1,40}$/.test(id)) return id;
  const message = `the issuer's tax id "${issuer.taxId}" can't begin a number: give letters and digits`;
  throw new WorkflowFailure('bad-tax-id', message);
}
