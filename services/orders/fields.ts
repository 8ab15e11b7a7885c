// The fields of an order as a client may write them: ids and quantities as numbers or texts, prices exact.
import { Value } from '@sinclair/typebox/value';
import {
  IDENTIFIER_PATTERN,
  isReservedOrderId,
  isWellFormed,
  MAX_ID_LENGTH,
  MAX_ORDER_ID_LENGTH,
  RESERVED_ORDER_ID_PREFIXES,
  SignedDecimal,
} from '../../core/mod.ts';
import { type HttpProblem, invalid } from '../platform/http/index.ts';

/** A JSON number is a double: more significant digits than these may not be the ones that were sent. */
const EXACT_DIGITS = 15;
export const MAX_PRODUCT_LENGTH = 128;
/** As many pieces as a line of an order takes, either way. */
const MAX_QUANTITY = 1_000_000_000;

/** What is wrong with one field, in words that say what to send. */
export class Flaw {
  readonly message: string;
  constructor(message: string) {
    this.message = message;
  }
}

/** At most so many flaws are listed: all that the lines of an order can have. Each has so much of the field's name. */
const FLAWS_MAX = 500;
const FIELD_SHOWN_LENGTH = 100;

/** 422 with those of the fields that are flaws; a field is named by its path, such as `lines/0/price`. */
export function flawed(fields: readonly (readonly [string, unknown])[]): HttpProblem {
  const flaws = fields.flatMap(([field, flaw]) =>
    flaw instanceof Flaw ? [{ path: `/${field.slice(0, FIELD_SHOWN_LENGTH)}`, message: flaw.message }] : [],
  );
  return invalid(flaws.slice(0, FLAWS_MAX));
}

/** The fields of an object that it does not take, as flaws. */
export function unknownFields(
  given: Iterable<string>,
  taken: ReadonlySet<string>,
  path = '',
): readonly (readonly [string, Flaw])[] {
  const flaw = new Flaw(`Unknown: the fields are ${[...taken].join(', ')}`);
  return [...given].filter((field) => !taken.has(field)).map((field) => [`${path}${field}`, flaw] as const);
}

/** Empty where there is none: the details check says so. */
export function customerId(value: unknown): string | Flaw {
  return isMissing(value) ? '' : identifier(value, MAX_ID_LENGTH);
}

export const productName = (value: unknown): string | Flaw => identifier(value, MAX_PRODUCT_LENGTH);

export function orderId(value: unknown): string | Flaw {
  // `.` and `..` are taken out of every path of a URL: such an order could be placed, and never be read
  if (value === '.' || value === '..') return new Flaw('Expected an id other than "." and ".."');
  if (typeof value === 'string' && isReservedOrderId(value))
    return new Flaw(
      `Expected an id that doesn't begin with "${RESERVED_ORDER_ID_PREFIXES.join('" or "')}": those are kept for what is written about orders`,
    );
  return identifier(value, MAX_ORDER_ID_LENGTH);
}

const isMissing = (value: unknown): boolean => value === undefined || value === null || value === '';

function identifier(value: unknown, maxLength: number): string | Flaw {
  if (typeof value === 'number') {
    return Number.isSafeInteger(value)
      ? String(value)
      : new Flaw('Expected a whole number within ±9007199254740991: send it as a string');
  }
  const isText = typeof value === 'string' && value.length >= 1 && value.length <= maxLength;
  if (isText && new RegExp(IDENTIFIER_PATTERN).test(value) && isWellFormed(value)) return value;
  if (value === undefined) return new Flaw('Missing: send a whole number or a text');
  return new Flaw(
    `Expected a whole number or 1 to ${maxLength} characters, without control characters and halves of surrogate pairs`,
  );
}

export function wholeNumber(value: unknown): number | Flaw {
  if (value === undefined) return new Flaw('Missing: send a whole number of pieces');
  const number = typeof value === 'string' && /^-?[0-9]{1,10}$/.test(value) ? Number(value) : value;
  if (typeof number === 'number' && Number.isInteger(number) && Math.abs(number) <= MAX_QUANTITY)
    return number + 0; // no negative zero
  return new Flaw(
    `Expected a whole number of pieces from -${MAX_QUANTITY} to ${MAX_QUANTITY}, as number or string`,
  );
}

/** A price, exact: a string as it came, a number only where it can't have lost a digit. */
export function decimal(value: unknown): string | Flaw {
  if (value === undefined) return new Flaw('Missing: send the price of one piece, such as "19.99"');
  const text = typeof value === 'number' ? String(value) : value;
  const isExact = typeof value !== 'number' || (!/e/.test(String(value)) && digitsOf(value) <= EXACT_DIGITS);
  if (!isExact) {
    return new Flaw(
      `Expected a number of at most ${EXACT_DIGITS} significant digits and without exponent: send the price as a string, such as "19.99"`,
    );
  }
  if (Value.Check(SignedDecimal, text)) return text;
  return new Flaw(
    'Expected a decimal such as 19.99 or "19.99": at most 15 digits before the point and 8 after it',
  );
}

const digitsOf = (value: number): number => String(value).replace(/[-.]/g, '').replace(/^0+/, '').length;
