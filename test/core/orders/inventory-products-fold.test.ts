import { Value } from '@sinclair/typebox/value';
import fc from 'fast-check';
import { partitionFor } from '../../../core/messages/partitioner.ts';
import {
  CHANGE_ID_HEADER,
  InventoryLevel,
  type InventoryReply,
  type InventoryRequest,
} from '../../../core/orders/inventory-messages.ts';
import {
  type AdjustmentState,
  inventoryProductsFold,
  type LineState,
  type ProductState,
} from '../../../core/orders/inventory-products-fold.ts';
import { orderTopics } from '../../../core/orders/topics.ts';
import type { Emitted, Origin, Refusal } from '../../../core/view/keyed-fold.ts';
import { assert, test } from '../../harness.ts';

/** The fold with its states in a map, one record at a time. */
class Shelf {
  readonly states: Map<string, ProductState | LineState | AdjustmentState> = new Map();
  #offset = 0;

  level(
    stock: number,
    product = 'A',
    offset = this.#offset++,
    headers: Origin['headers'] = {},
  ): readonly Emitted[] | Refusal {
    return this.#fold({ kind: 'level', product, stock }, offset, headers);
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
    assert.ok(!('refused' in emitted));
    const [reply, ...levels] = emitted;
    assert.deepEqual([reply?.topic, reply?.key], [orderTopics.inventoryReplies, orderId]);
    const { outcome, available } = (reply?.value ?? {}) as unknown as InventoryReply;
    // whatever is reserved is told of the product too
    assert.equal(levels.length, outcome === 'reserved' ? 1 : 0);
    return { outcome, available };
  }

  adjust(
    id: string,
    by: number,
    product = 'A',
    headers: Origin['headers'] = {},
  ): readonly Emitted[] | Refusal {
    return this.#fold({ kind: 'adjustment', adjustment: { id, product, by } }, this.#offset++, headers);
  }

  product(name = 'A'): ProductState {
    return (this.states.get(`product/${name}`) ?? { stock: 0, reserved: 0, levelOffset: -1 }) as ProductState;
  }

  #fold(
    message: Parameters<typeof inventoryProductsFold.fold>[0],
    offset: number,
    headers: Origin['headers'] = {},
  ): readonly Emitted[] | Refusal {
    const keys = inventoryProductsFold.keysOf(message);
    const states = {
      get: (key: string) => {
        assert.ok(keys.includes(key));
        return this.states.get(key);
      },
      set: (key: string, state: ProductState | LineState | AdjustmentState) => {
        assert.ok(keys.includes(key));
        this.states.set(key, state);
      },
    };
    const origin = { topic: 'any', partition: 0, offset, timestampMs: 0, headers };
    return inventoryProductsFold.fold(message, states, origin);
  }
}

/** The levels that were told, each as its schema has it; anything else fails. */
function levelsIn(emitted: readonly Emitted[] | Refusal): InventoryLevel[] {
  assert.ok(!('refused' in emitted));
  return emitted.map(({ topic, key, value }) => {
    assert.equal(topic, orderTopics.inventoryLevels);
    assert.ok(Value.Check(InventoryLevel, value));
    assert.equal(key, value.product);
    return value;
  });
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
  for (const _ of [1, 2])
    assert.deepEqual(levelsIn(shelf.request('release', '1', 6)), [
      { product: 'A', stock: 10, reserved: 4, free: 6, revision: 4 },
    ]);
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
  assert.deepEqual(shelf.product(), { stock: 5, reserved: 8, levelOffset: 2, revision: 3 });
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

test('each change of a product is told once more as it stands, with what is free, under a revision of its own', () => {
  const shelf = new Shelf();
  const told = levelsIn(shelf.level(10, 'A', 0, { [CHANGE_ID_HEADER]: 'set-1' }));
  const change = { id: 'set-1', outcome: 'applied' };
  assert.deepEqual(told, [{ product: 'A', stock: 10, reserved: 0, free: 10, revision: 1, change }]);
  shelf.reserve('1', 8);
  assert.deepEqual(levelsIn(shelf.level(5, 'A', 9)), [
    { product: 'A', stock: 5, reserved: 8, free: 0, revision: 3 },
  ]);
  // come again, it says how things stand, and whoever set it is told
  assert.deepEqual(levelsIn(shelf.level(10, 'A', 0, { [CHANGE_ID_HEADER]: 'set-1' })), [
    { product: 'A', stock: 5, reserved: 8, free: 0, revision: 3, change },
  ]);
});

test('an adjustment counts once, however often it comes, and under its id no other', () => {
  const shelf = new Shelf();
  shelf.level(10);
  shelf.reserve('1', 4);
  const adjusted = (id: string, by: number) => {
    const [level] = levelsIn(shelf.adjust(id, by));
    return [level?.stock, level?.free, level?.change];
  };
  for (const _ of [1, 2]) assert.deepEqual(adjusted('a', 5), [15, 11, { id: 'a', outcome: 'applied' }]);
  assert.deepEqual(adjusted('a', 6), [15, 11, { id: 'a', outcome: 'conflict' }]);
  assert.deepEqual(adjusted('b', -12), [3, 0, { id: 'b', outcome: 'applied' }]);
  for (const by of [-4, 1_000_000_000_000])
    assert.deepEqual(adjusted(`to ${by}`, by), [3, 0, { id: `to ${by}`, outcome: 'out-of-range' }]);
  assert.deepEqual(adjusted('a', 5), [3, 0, { id: 'a', outcome: 'applied' }]);
  // whoever asks again under an id of the request's own is told under that
  const again = levelsIn(shelf.adjust('a', 5, 'A', { [CHANGE_ID_HEADER]: 'again' }));
  assert.deepEqual(again[0]?.change, { id: 'again', outcome: 'applied' });
  // an id of one product is nothing to another
  shelf.level(1, 'B');
  assert.equal(levelsIn(shelf.adjust('a', 7, 'B'))[0]?.stock, 8);
});

test('an adjustment of what the warehouse never had a level of is refused', () => {
  const refused = new Shelf().adjust('a', 5);
  assert.equal('refused' in refused && refused.refused.reason, 'unknown-product');
});

test('a product from before revisions were counted goes on, and is told of with its next change', () => {
  const shelf = new Shelf();
  shelf.states.set('product/A', { stock: 10, reserved: 2, levelOffset: 0 });
  shelf.states.set('line/0/0', {
    product: 'A',
    quantity: 2,
    status: 'reserved',
    reply: { outcome: 'reserved', available: 10 },
  });
  assert.deepEqual(shelf.request('reserve', '0', 2).valueOf(), [
    {
      topic: orderTopics.inventoryReplies,
      key: '0',
      value: { orderId: '0', line: 0, product: 'A', outcome: 'reserved', available: 10 },
    },
  ]);
  assert.deepEqual(levelsIn(shelf.request('release', '0', 2)), [
    { product: 'A', stock: 10, reserved: 0, free: 10, revision: 1 },
  ]);
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
