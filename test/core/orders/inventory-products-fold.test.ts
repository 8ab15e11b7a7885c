import fc from 'fast-check';
import { partitionFor } from '../../../core/messages/partitioner.ts';
import type { InventoryReply, InventoryRequest } from '../../../core/orders/inventory-messages.ts';
import {
  inventoryProductsFold,
  type LineState,
  type ProductState,
} from '../../../core/orders/inventory-products-fold.ts';
import { orderTopics } from '../../../core/orders/topics.ts';
import type { Emitted, Refusal } from '../../../core/view/keyed-fold.ts';
import { assert, test } from '../../harness.ts';

/** The fold with its states in a map, one record at a time. */
class Shelf {
  readonly states: Map<string, ProductState | LineState> = new Map();
  #offset = 0;

  level(stock: number, product = 'A', offset = this.#offset++): readonly Emitted[] | Refusal {
    return this.#fold({ kind: 'level', product, stock }, offset);
  }

  request(
    kind: InventoryRequest['kind'],
    orderId: string,
    quantity: number,
    { line = 0, product = 'A' } = {},
  ): readonly Emitted[] | Refusal {
    return this.#fold(
      { kind: 'request', request: { kind, orderId, line, product, quantity } },
      this.#offset++,
    );
  }

  /** What a reserve is told. */
  reserve(orderId: string, quantity: number, more = {}): Pick<InventoryReply, 'outcome' | 'available'> {
    const emitted = this.request('reserve', orderId, quantity, more);
    assert.ok(!('refused' in emitted) && emitted.length === 1);
    return emitted.map(({ topic, key, value }) => {
      assert.deepEqual([topic, key], [orderTopics.inventoryReplies, orderId]);
      const { outcome, available } = value as unknown as InventoryReply;
      return { outcome, available };
    })[0] as Pick<InventoryReply, 'outcome' | 'available'>;
  }

  product(name = 'A'): ProductState {
    return (this.states.get(`product/${name}`) ?? { stock: 0, reserved: 0, levelOffset: -1 }) as ProductState;
  }

  #fold(
    message: Parameters<typeof inventoryProductsFold.fold>[0],
    offset: number,
  ): readonly Emitted[] | Refusal {
    const keys = inventoryProductsFold.keysOf(message);
    const states = {
      get: (key: string) => {
        assert.ok(keys.includes(key));
        return this.states.get(key);
      },
      set: (key: string, state: ProductState | LineState) => {
        assert.ok(keys.includes(key));
        this.states.set(key, state);
      },
    };
    const origin = { topic: 'any', partition: 0, offset, timestampMs: 0, headers: {} };
    return inventoryProductsFold.fold(message, states, origin);
  }
}

test('reserves what is free, to the last piece, and tells what was free', () => {
  const shelf = new Shelf();
  shelf.level(10);
  assert.deepEqual(shelf.reserve('1', 6), { outcome: 'reserved', available: 10 });
  assert.deepEqual(shelf.reserve('2', 5), { outcome: 'short', available: 4 });
  assert.deepEqual(shelf.reserve('3', 4), { outcome: 'reserved', available: 4 });
  assert.deepEqual(shelf.reserve('4', 1), { outcome: 'short', available: 0 });
  assert.equal(shelf.product().reserved, 10);
});

test('of an unknown product there is nothing', () => {
  assert.deepEqual(new Shelf().reserve('1', 1), { outcome: 'short', available: 0 });
});

test('a repeat reserves once and is told the same again, whatever the stock is by then', () => {
  const shelf = new Shelf();
  shelf.level(10);
  shelf.reserve('1', 6);
  shelf.reserve('2', 9);
  shelf.level(100);
  assert.deepEqual(shelf.reserve('1', 6), { outcome: 'reserved', available: 10 });
  assert.deepEqual(shelf.reserve('2', 9), { outcome: 'short', available: 4 });
  assert.equal(shelf.product().reserved, 6);
});

test('a release gives back once, and its reserve, come again, gets nothing new', () => {
  const shelf = new Shelf();
  shelf.level(10);
  shelf.reserve('1', 6);
  shelf.reserve('2', 4);
  for (const _ of [1, 2]) assert.deepEqual(shelf.request('release', '1', 6), []);
  assert.equal(shelf.product().reserved, 4);
  assert.deepEqual(shelf.reserve('1', 6), { outcome: 'reserved', available: 10 });
  assert.equal(shelf.product().reserved, 4);
});

test('a release that comes before its reserve has it refused', () => {
  const shelf = new Shelf();
  shelf.level(10);
  shelf.request('release', '1', 6);
  for (const _ of [1, 2]) assert.deepEqual(shelf.reserve('1', 6), { outcome: 'short', available: 10 });
  assert.equal(shelf.product().reserved, 0);
  assert.equal((shelf.states.get('line/1/0') as LineState).status, 'released');
});

test('a level below what is reserved takes nothing away, and leaves nothing for others', () => {
  const shelf = new Shelf();
  shelf.level(10);
  shelf.reserve('1', 8);
  shelf.level(5);
  assert.deepEqual(shelf.reserve('2', 1), { outcome: 'short', available: 0 });
  assert.deepEqual(shelf.product(), { stock: 5, reserved: 8, levelOffset: 2 });
  shelf.request('release', '1', 8);
  assert.deepEqual(shelf.reserve('3', 5), { outcome: 'reserved', available: 5 });
});

test('an old level that is delivered again is not put back', () => {
  const shelf = new Shelf();
  shelf.level(10, 'A', 3);
  shelf.level(2, 'A', 7);
  shelf.level(10, 'A', 3);
  assert.equal(shelf.product().stock, 2);
});

test('the lines of an order are apart, also of one product', () => {
  const shelf = new Shelf();
  shelf.level(10);
  shelf.reserve('1', 6, { line: 0 });
  assert.deepEqual(shelf.reserve('1', 6, { line: 1 }), { outcome: 'short', available: 4 });
  // an order whose id looks like a line's
  assert.deepEqual(shelf.reserve('1/0', 4, { line: 0 }), { outcome: 'reserved', available: 4 });
});

test('a line that was about another product or quantity is refused, and nothing changes', () => {
  const shelf = new Shelf();
  shelf.level(10);
  shelf.level(10, 'B');
  shelf.reserve('1', 6);
  for (const kind of ['reserve', 'release'] as const) {
    for (const wrong of [shelf.request(kind, '1', 6, { product: 'B' }), shelf.request(kind, '1', 5)])
      assert.equal('refused' in wrong && wrong.refused.reason, 'inventory-conflict');
  }
  assert.deepEqual([shelf.product('A').reserved, shelf.product('B').reserved], [6, 0]);
});

const read = (topic: string, key: string, value: unknown) =>
  inventoryProductsFold.inputs
    .find((each) => each.topic === topic)
    ?.read({
      topic,
      partition: partitionFor(key, 4),
      offset: 0,
      key,
      value: value === null ? null : JSON.stringify(value),
      headers: {},
      timestampMs: 0,
    });

test('a request for less than one piece is refused: there is no negative reservation', () => {
  for (const quantity of [0, -1, 1.5, 1e10]) {
    const request = { kind: 'reserve', orderId: '1', line: 0, product: 'A', quantity };
    assert.equal(read(orderTopics.inventoryRequests, 'A', request)?.kind, 'refused');
  }
});

test('a tombstone means that there is none left', () => {
  const message = { kind: 'level', product: 'A', stock: 0 };
  assert.deepEqual(read(orderTopics.warehouseInventory, 'A', null), { kind: 'message', message, home: 'A' });
  assert.equal(read(orderTopics.warehouseInventory, 'x'.repeat(129), null)?.kind, 'notOurs');
});

test('in any order and however often requests come, nothing is oversold and every release gives back', () => {
  const requests = fc.record({
    kind: fc.constantFrom('reserve', 'reserve', 'release', 'level'),
    who: fc.integer({ min: 0, max: 7 }),
    stock: fc.integer({ min: 0, max: 20 }),
  });
  fc.assert(
    fc.property(
      fc.array(requests, { maxLength: 80 }),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 8, maxLength: 8 }),
      (steps, quantities) => {
        const shelf = new Shelf();
        const told = new Map<string, string>();
        const quantityOf = (who: number): number => quantities[who] ?? 1;
        for (const { kind, who, stock } of steps) {
          const before = shelf.product();
          if (kind === 'level') shelf.level(stock);
          else if (kind === 'release') shelf.request('release', String(who), quantityOf(who));
          else {
            const reply = JSON.stringify(shelf.reserve(String(who), quantityOf(who)));
            assert.equal(reply, told.get(String(who)) ?? reply);
            told.set(String(who), reply);
            const after = shelf.product();
            assert.ok(after.reserved === before.reserved || after.reserved <= after.stock);
          }
          const held = [...shelf.states].flatMap(([key, state]) =>
            key.startsWith('line/') && (state as LineState).status === 'reserved' ? [state as LineState] : [],
          );
          assert.equal(
            shelf.product().reserved,
            held.reduce((sum, { quantity }) => sum + quantity, 0),
          );
        }
        for (let who = 0; who < 8; who++) shelf.request('release', String(who), quantityOf(who));
        assert.equal(shelf.product().reserved, 0);
      },
    ),
  );
});
