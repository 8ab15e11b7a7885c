// What customers order and pay in the story: made by counting and a seeded generator, so that each run asks for the same.
import type { Customer, Order, Payment, StockLevel } from '../../core/mod.ts';
import { customersNamed } from './lab-log.ts';
import { seededRandom } from './seeded.ts';

/** An order as it is posted. */
export interface PostedOrder {
  readonly id: string;
  readonly customerId?: string;
  readonly product: string;
  readonly quantity: number;
  readonly price: string;
}

export interface Traffic {
  readonly posts: readonly PostedOrder[];
  /** Orders of several lines, as an instance would request them: `POST /v1/orders` takes one line. */
  readonly requests: readonly Order[];
  readonly payments: readonly Payment[];
}

const CUSTOMERS = 200;
/** The last of them can't be written to. */
const UNREACHABLE = 10;
/** The first of them order too much. */
const BIG_SPENDERS = 10;
const PRODUCTS = 20;
const PLENTY = 1_000_000;
/** Pieces of the products that run short; the two after them nobody has ever heard of. */
const SHORT: Readonly<Record<number, number>> = { 12: 50, 13: 150, 14: 300, 15: 600, 16: 1, 17: 0 };
const KNOWN = 18;

export function storyStock(): readonly StockLevel[] {
  return Array.from({ length: KNOWN }, (_, at) => ({ product: `p-${at}`, stock: SHORT[at] ?? PLENTY }));
}

export function storyCustomers(): readonly Customer[] {
  return customersNamed(CUSTOMERS).map(({ email: _, ...customer }, at) =>
    at < CUSTOMERS - UNREACHABLE ? { ...customer, email: `c-${at}@requite.example` } : customer,
  );
}

/** So many orders to post, a twentieth as many of several lines, and payments for most. */
export function traffic(count: number): Traffic {
  const { below } = seededRandom(20_261_121);
  const product = (): string => `p-${below(PRODUCTS)}`;
  const cents = (from: number, to: number): string => (from / 100 + below(to - from) / 100).toFixed(2);

  const posts = Array.from({ length: count }, (_, at): PostedOrder => {
    const customer = below(CUSTOMERS);
    const price = customer < BIG_SPENDERS ? cents(10_000, 90_000) : cents(100, 1_999);
    const plain = {
      id: `o-${at}`,
      customerId: `c-${customer}`,
      product: product(),
      quantity: 1 + below(3),
      price,
    };
    switch (below(100)) {
      case 0:
        return { ...plain, quantity: 0 };
      case 1:
        return { ...plain, quantity: -plain.quantity };
      case 2:
        return { ...plain, price: `-${price}` };
      case 3: {
        const { customerId: _, ...nobodys } = plain;
        return nobodys;
      }
      case 4:
        return { ...plain, price: '1999.99', quantity: 1 };
      default:
        return plain;
    }
  });

  const requests = Array.from({ length: count / 20 }, (_, at): Order => {
    const lines = Array.from({ length: 2 + below(4) }, () => ({
      product: product(),
      quantity: 1 + below(3),
      price: cents(50, 500),
    }));
    const createdAt = new Date().toISOString();
    const customerId = `c-${BIG_SPENDERS + below(CUSTOMERS - BIG_SPENDERS)}`;
    return { id: `m-${at}`, customerId, state: 'CREATED', revision: 1, lines, createdAt, failures: [] };
  });

  const payments = [...posts, ...requests]
    .filter(() => below(10) > 0)
    .map(({ id }): Payment => ({ id: `pay-${id}`, orderId: id, ccy: 'EUR', amount: '10.00' }));
  return { posts, requests, payments };
}
