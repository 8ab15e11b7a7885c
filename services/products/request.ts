import { Value } from '@sinclair/typebox/value';
import {
  CURRENCY_EXPONENTS,
  isWellFormed,
  misfit,
  type Product,
  ProductChange,
  type ProductContent,
  Sku,
} from '../../core/mod.ts';
import { HttpProblem, invalid, onlyNamed } from '../platform/http/index.ts';

/** A sku that can be asked for in a path. Throws 422. */
export function skuOf(sku: string): string {
  // `.` and `..` are taken out of every path of a URL: such a product could be created, and never be read
  if (Value.Check(Sku, sku) && isWellFormed(sku) && sku !== '.' && sku !== '..') return sku;
  const message =
    'Expected 1 to 128 characters, without control characters and halves of surrogate pairs, other than "." and ".."';
  throw invalid([{ path: '/sku', message }]);
}

/** What the schema can't tell of a product's content. Throws 422. */
export function sensible<T extends ProductChange>(content: T): T {
  const { currency } = content;
  if (currency !== undefined && !CURRENCY_EXPONENTS.has(currency))
    throw invalid([{ path: '/currency', message: 'Expected a currency of ISO 4217, such as EUR' }]);
  return content;
}

export const contentOf = ({
  name,
  description = '',
  unitPrice,
  currency,
  tags = [],
}: Omit<ProductContent, 'description' | 'tags'> & Partial<ProductContent>): ProductContent => ({
  name,
  description,
  unitPrice,
  currency,
  tags,
});

/**
 * A JSON merge patch (RFC 7396) of a product: null takes out what a product can do without. Throws 422 that lists what
 * can't be changed so.
 */
export function mergePatch(patch: Readonly<Record<string, unknown>>): ProductChange {
  const filled = Object.fromEntries(
    Object.entries(patch).map(([field, value]) => [field, value === null ? EMPTY.get(field) : value]),
  );
  const errors = Object.entries(filled).flatMap(([field, value]) => flawOf(field, value));
  if (errors.length > 0) throw invalid(errors);
  return sensible(onlyNamed(ProductChange, filled as ProductChange));
}

/** What a field is without a value; the others must have one. */
const EMPTY: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['description', ''],
  ['tags', []],
]);
const CHANGEABLE: readonly string[] = ['name', 'description', 'unitPrice', 'currency', 'tags', 'state'];

function flawOf(field: string, value: unknown): { path: string; message: string }[] {
  const path = `/${field.slice(0, 100)}`;
  if (!CHANGEABLE.includes(field))
    return [{ path, message: `Can't be changed: the fields are ${CHANGEABLE.join(', ')}` }];
  if (value === undefined) return [{ path, message: 'A product needs one: leave it out, or send another' }];
  const change = { [field]: value };
  return Value.Check(ProductChange, change) ? [] : [{ path, message: misfit(ProductChange, change) }];
}

/** The tag of a product's revision. */
export const etagOf = ({ revision }: Pick<Product, 'revision'>): string => `"${revision}"`;

/** What `If-Match` asks for; undefined where there is none. Throws 412 for what no revision can match. */
export function ifMatchOf(headers: Headers): number | '*' | undefined {
  const asked = headers.get('if-match')?.trim();
  if (asked === undefined) return undefined;
  if (asked === '*') return '*';
  const revision = /^"?([1-9][0-9]{0,14})"?$/.exec(asked)?.[1];
  if (revision !== undefined) return Number(revision);
  throw stale();
}

export function stale(product?: Product | null): HttpProblem {
  const detail =
    'The product has another revision than If-Match says, or is not there: read it, and change it as it is now.';
  const headers = product === undefined || product === null ? undefined : { etag: etagOf(product) };
  return new HttpProblem({
    status: 412,
    code: 'stale-revision',
    detail,
    ...(headers === undefined ? {} : { headers }),
  });
}
