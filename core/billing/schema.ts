// The pieces that the schemas of a customer and of a bill share. Money and quantities are decimal strings, so
// that no JSON parser on the way can round them.
import { type TArray, type TSchema, type TString, Type } from '@sinclair/typebox';

/** A schema for values of type T; it does not compile where it lets through what is no T. */
export type SchemaOf<T> = TSchema & { static: T };

/** The most subscriptions, and the most usage entries, that one customer's answer may have. */
export const ENTRIES_MAX = 500;

/** A text of 1 to `maxLength` UTF-16 units. */
export function text(maxLength: number): TString {
  return Type.String({ minLength: 1, maxLength });
}

/** How much of something: `12`, `0.5`, up to 9 digits and 6 decimals, never negative. */
export const Quantity: TString = Type.String({
  pattern: '^(0|[1-9][0-9]{0,8})(\\.[0-9]{1,6})?$',
  maxLength: 16,
});

/** Price of one unit before tax, up to 9 digits and 8 decimals; negative for a credit or a discount. */
export const UnitPrice: TString = Type.String({
  pattern: '^-?(0|[1-9][0-9]{0,8})(\\.[0-9]{1,8})?$',
  maxLength: 19,
});

/** Tax rate in percent: `19`, `7.5`, `0`, up to 3 digits and 4 decimals. */
export const TaxRate: TString = Type.String({
  pattern: '^(0|[1-9][0-9]{0,2})(\\.[0-9]{1,4})?$',
  maxLength: 8,
});

/** An amount with the currency's decimals: `1234.50`. */
export const Amount: TString = Type.String({
  pattern: '^-?(0|[1-9][0-9]{0,14})(\\.[0-9]{1,4})?$',
  maxLength: 21,
});

/** ISO 4217 code by its form; that it exists is checked when the bill is issued. */
export const Currency: TString = Type.String({ pattern: '^[A-Z]{3}$', maxLength: 3 });

/** A day as `YYYY-MM-DD`, by its form. */
export const CivilDate: TString = Type.String({ pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$', maxLength: 10 });

/** A postal address. */
export interface Address {
  /** Street, building and the like, in the order in which they are printed: 1 to 6. */
  readonly lines: readonly string[];
  readonly postalCode?: string;
  readonly city: string;
  readonly region?: string;
  /** ISO 3166-1 alpha-2 code. */
  readonly country: string;
}

/** Schema of {@link Address}. */
export const Address: SchemaOf<Address> = Type.Object({
  lines: list(text(100), 6, 1),
  postalCode: Type.Optional(text(20)),
  city: text(100),
  region: Type.Optional(text(100)),
  country: Type.String({ pattern: '^[A-Z]{2}$', maxLength: 2 }),
});

/** An array of at most `maxItems`. */
export function list<S extends TSchema>(of: S, maxItems: number, minItems = 0): TArray<S> {
  return Type.Array(of, { minItems, maxItems });
}
