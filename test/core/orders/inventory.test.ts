import fc from 'fast-check';
import type { Order } from '../../../core/orders/order.ts';
import { orderTopics } from '../../../core/orders/topics.ts';
import { assert, test } from '../../harness.ts';
import { type Crash, type FoldName, InventoryLab, line, order, PARTITIONS } from './inventory-support.ts';

const products = ['A', 'B', 'C'] as const;

const lines = fc
  .array(fc.tuple(fc.constantFrom(...products, 'UNKNOWN'), fc.integer({ min: -1, max: 6 })), {
    minLength: 1,
    maxLength: 3,
  })
  .map((pairs) => pairs.map(([product, quantity]) => line(product, quantity)));

type Step =
  | {
      readonly do: 'fold';
      readonly fold: FoldName;
      readonly partition: number;
      readonly max: number;
      readonly crash: Crash;
      readonly first: number;
    }
  | { readonly do: 'create' | 'fail' | 'repeat'; readonly at: number }
  | { readonly do: 'stock'; readonly product: string; readonly stock: number };

const place = fc.nat({ max: 11 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('fold' as const),
      fold: fc.constantFrom<FoldName>('orders', 'products'),
      partition: fc.nat({ max: PARTITIONS - 1 }),
      max: fc.integer({ min: 1, max: 8 }),
      crash: fc.constantFrom<Crash>('none', 'none', 'saved', 'published'),
      first: fc.nat({ max: 1 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('create' as const, 'create' as const, 'fail' as const, 'repeat' as const),
      at: place,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('stock' as const),
      product: fc.constantFrom(...products),
      stock: fc.nat({ max: 15 }),
    }),
  },
);

/** Who writes `orders`: CREATED first, then FAILED for a reason of others', or what the inventory said. */
class Orders {
  readonly #lab: InventoryLab;
  readonly #orders: readonly Order[];
  readonly created: Set<Order> = new Set();
  readonly ended: Map<Order, Order['state']> = new Map();

  constructor(lab: InventoryLab, orders: readonly Order[]) {
    this.#lab = lab;
    this.#orders = orders;
  }

  do(what: 'create' | 'fail' | 'repeat', at: number): void {
    const one = this.#orders[at % this.#orders.length];
    if (one === undefined) return;
    if (what === 'create' ? !this.created.has(one) : what === 'repeat' && this.created.has(one)) {
      this.created.add(one);
      this.#lab.sendOrder(one);
    } else if (what === 'fail' && this.created.has(one) && !this.ended.has(one)) this.end(one, 'FAILED');
  }

  end(one: Order, state: Order['state']): void {
    this.ended.set(one, state);
    this.#lab.sendOrder({ ...one, state, revision: 2 });
  }

  /** Ends every order as the inventory said. */
  endAll(): void {
    const told = this.#lab.validations();
    for (const one of this.created) {
      if (this.ended.has(one)) continue;
      const result = told.get(one.id)?.[0]?.validationResult;
      assert.ok(result !== undefined, `order ${one.id} was never told`);
      this.end(one, result === 'PASS' ? 'VALIDATED' : 'FAILED');
    }
  }
}

test('whatever crashes, comes again or fails meanwhile: what is reserved belongs to orders that stand', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(lines, { minLength: 4, maxLength: 12 }),
      fc.array(step, { maxLength: 120 }),
      async (contents, steps) => {
        const lab = new InventoryLab();
        const all = contents.map((each, at) => order(`order-${at}`, each));
        const orders = new Orders(lab, all);
        for (const product of products) lab.setStock(product, 10);
        for (const each of steps) {
          if (each.do === 'fold') await lab.step(each.fold, each.partition, each.max, each);
          else if (each.do === 'stock') lab.setStock(each.product, each.stock);
          else orders.do(each.do, each.at);
        }
        for (let at = 0; at < all.length; at++) orders.do('create', at);
        await lab.drain();
        orders.endAll();
        await lab.drain();
        for (const [id, told] of lab.validations()) assert.equal(told.length, 1, `${id} was told two things`);
        const reserved = await reservedNow(lab);
        assert.deepEqual(reserved, belonging([...orders.ended]));
        lab.rewind();
        await lab.drain();
        assert.deepEqual(await reservedNow(lab), reserved);
        for (const [id, told] of lab.validations())
          assert.equal(told.length, 1, `${id} was told another thing`);
        for (const [one, state] of orders.ended) if (state === 'VALIDATED') orders.end(one, 'FAILED');
        await lab.drain();
        assert.deepEqual(await reservedNow(lab), [0, 0, 0]);
      },
    ),
    { numRuns: 150 },
  );
});

async function reservedNow(lab: InventoryLab): Promise<number[]> {
  return Promise.all(products.map(async (product) => (await lab.product(product))?.reserved ?? 0));
}

function belonging(ended: readonly (readonly [Order, Order['state']])[]): number[] {
  const standing = ended.flatMap(([one, state]) => (state === 'VALIDATED' ? one.lines : []));
  return products.map((product) =>
    standing.filter((each) => each.product === product).reduce((sum, { quantity }) => sum + quantity, 0),
  );
}

test('with stock for ten, forty orders of one piece get exactly ten of them', async () => {
  const lab = new InventoryLab();
  lab.setStock('A', 10);
  for (let at = 0; at < 40; at++) lab.sendOrder(order(`order-${at}`, [line('A', 1)]));
  await lab.drain();
  const results = [...lab.validations().values()].map((told) => told.map((each) => each.validationResult));
  assert.equal(results.filter((each) => each.join() === 'PASS').length, 10);
  assert.equal(results.filter((each) => each.join() === 'FAIL').length, 30);
  assert.equal((await lab.product('A'))?.reserved, 10);
});

test('a level and an order that lie in a partition not their own are taken all the same', async () => {
  const lab = new InventoryLab();
  lab.send(orderTopics.warehouseInventory, 'another key', { product: 'A', stock: 1 });
  await lab.drain();
  lab.send(orderTopics.orders, 'yet another key', order('1', [line('A', 1)]));
  await lab.drain();
  assert.equal(lab.validations().get('1')?.[0]?.validationResult, 'PASS');
});
