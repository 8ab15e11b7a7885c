// What each check must have found, by replaying the logs that the validators read: naive on purpose, and without
// any of the core's folds. Slow is fine here, clever is not.
import type { Order } from '../../core/mod.ts';
import { amountOf, entries, firsts, grouped, type Logs } from './orders-oracle-log.ts';

export type Finding = 'PASS' | 'FAIL';

const GAP_MS = 3_600_000;
const LIMIT = amountOf('2000');

/** Pieces and price must be positive or, the price, zero; product and customer must be there. */
export function replayDetails(orders: readonly Order[], products: ReadonlySet<string>): Map<string, Finding> {
  return new Map(
    orders.map(({ id, customerId, lines }) => {
      const isGood =
        customerId !== '' &&
        lines.every(
          ({ product, quantity, price }) => products.has(product) && quantity > 0 && amountOf(price) >= 0n,
        );
      return [id, isGood ? 'PASS' : 'FAIL'];
    }),
  );
}

/**
 * Customer by customer, in the order of `orders-by-customer`: the session that an order falls into is whatever hangs
 * together by gaps of up to an hour, itself included, among the orders that came before it in the log.
 */
export function replayFraud(logs: Logs): Map<string, Finding> {
  const created = entries<Order>(logs, 'orders-by-customer').filter(({ value }) => value.revision === 1);
  const found = new Map<string, Finding>();
  for (const [, ofCustomer] of grouped(
    firsts(created, ({ value }) => value.id),
    ({ key }) => key,
  )) {
    const before: { readonly atMs: number; readonly amount: bigint }[] = [];
    for (const { value } of ofCustomer) {
      if (value.customerId === '') {
        found.set(value.id, 'FAIL'); // nobody's orders make no session
        continue;
      }
      const atMs = Date.parse(value.createdAt);
      before.push({ atMs, amount: worthOf(value) });
      found.set(value.id, sessionTotal(before, atMs) >= LIMIT ? 'FAIL' : 'PASS');
    }
  }
  return found;
}

/** An order's value: its lines, of which none counts for less than nothing. */
function worthOf({ lines }: Order): bigint {
  return lines.reduce((sum, { quantity, price }) => {
    const value = BigInt(quantity) * amountOf(price);
    return value > 0n ? sum + value : sum;
  }, 0n);
}

function sessionTotal(
  orders: readonly { readonly atMs: number; readonly amount: bigint }[],
  atMs: number,
): bigint {
  let from = atMs;
  let to = atMs;
  for (;;) {
    const inside = orders.filter((each) => each.atMs >= from - GAP_MS && each.atMs <= to + GAP_MS);
    const first = Math.min(...inside.map((each) => each.atMs));
    const last = Math.max(...inside.map((each) => each.atMs));
    if (first === from && last === to) return inside.reduce((sum, { amount }) => sum + amount, 0n);
    from = first;
    to = last;
  }
}
