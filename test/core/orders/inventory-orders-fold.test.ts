import type { InventoryReply } from '../../../core/orders/inventory-messages.ts';
import { type InventoryOrder, inventoryOrdersFold } from '../../../core/orders/inventory-orders-fold.ts';
import type { OrderLine } from '../../../core/orders/order.ts';
import { orderTopics } from '../../../core/orders/topics.ts';
import type { Emitted } from '../../../core/view/keyed-fold.ts';
import { assert, test } from '../../harness.ts';
import { line, order } from './inventory-support.ts';

/** The fold with the states of its orders in a map. */
class Desk {
  readonly states: Map<string, InventoryOrder> = new Map();

  create(lines: readonly OrderLine[], id = '1'): string[] {
    return this.#fold({ kind: 'created', order: order(id, lines) });
  }

  fail(lines: readonly OrderLine[], id = '1'): string[] {
    return this.#fold({ kind: 'failed', order: order(id, lines, 'FAILED') });
  }

  reply(index: number, product: string, outcome: InventoryReply['outcome'], available = 3): string[] {
    return this.#fold({ kind: 'reply', reply: { orderId: '1', line: index, product, outcome, available } });
  }

  #fold(message: Parameters<typeof inventoryOrdersFold.fold>[0]): string[] {
    const emitted = inventoryOrdersFold.fold(message, this.states, {
      topic: 'any',
      partition: 0,
      offset: 0,
      timestampMs: 0,
      headers: {},
    });
    assert.ok(!('refused' in emitted));
    return (emitted as readonly Emitted[]).map(shown);
  }
}

/** A record in a few words. */
function shown({ topic, key, value }: Emitted): string {
  const fields = value as Record<string, unknown>;
  if (topic === orderTopics.inventoryRequests) {
    assert.equal(key, fields.product);
    return `${fields.kind} ${fields.orderId}/${fields.line} ${fields.quantity} ${fields.product}`;
  }
  assert.deepEqual([topic, key], [orderTopics.orderValidations, fields.orderId]);
  assert.equal(fields.checkType, 'INVENTORY_CHECK');
  return [`${fields.validationResult} ${fields.orderId}`, ...(fields.reasons as string[])].join(': ');
}

const two = [line('A', 2), line('B', 5)];
const asked = ['reserve 1/0 2 A', 'reserve 1/1 5 B'];
const givenBack = ['release 1/0 2 A', 'release 1/1 5 B'];

test('asks for every line of a created order, and passes it once all are reserved', () => {
  const desk = new Desk();
  assert.deepEqual(desk.create(two), asked);
  assert.deepEqual(desk.reply(1, 'B', 'reserved'), []);
  assert.deepEqual(desk.reply(0, 'A', 'reserved'), ['PASS 1']);
});

test('fails at the first line that is short, with the reason, and gives back all, answered or not', () => {
  const desk = new Desk();
  desk.create(two);
  const told = ['FAIL 1: B: 5 asked for, 3 free', ...givenBack];
  assert.deepEqual(desk.reply(1, 'B', 'short'), told);
  assert.deepEqual(desk.reply(0, 'A', 'reserved'), []);
  assert.deepEqual(desk.fail(two), []);
  assert.deepEqual(desk.reply(1, 'B', 'short'), told);
});

test('says "none" where nothing was free', () => {
  const desk = new Desk();
  desk.create(two);
  assert.equal(desk.reply(0, 'A', 'short', 0)[0], 'FAIL 1: A: 2 asked for, none free');
});

test('an order that fails for another reason gives back what it has, or is yet to get', () => {
  for (const replies of [0, 1, 2]) {
    const desk = new Desk();
    desk.create(two);
    for (let at = 0; at < replies; at++) desk.reply(at, two[at]?.product ?? '', 'reserved');
    for (const _ of [1, 2]) assert.deepEqual(desk.fail(two), givenBack);
    for (let at = replies; at < 2; at++)
      assert.deepEqual(desk.reply(at, two[at]?.product ?? '', 'reserved'), []);
  }
});

test('what comes again finds its decision: the same is said once more, and no state changes (invariant 5)', () => {
  const desk = new Desk();
  desk.create(two);
  assert.deepEqual(desk.create(two), asked);
  desk.reply(0, 'A', 'reserved');
  desk.reply(1, 'B', 'reserved');
  const before = JSON.stringify([...desk.states]);
  assert.deepEqual(desk.create(two), []);
  assert.deepEqual(desk.reply(0, 'A', 'reserved'), []);
  assert.deepEqual(desk.reply(1, 'B', 'reserved'), ['PASS 1']);
  assert.deepEqual(desk.reply(1, 'B', 'short'), ['PASS 1']);
  assert.equal(JSON.stringify([...desk.states]), before);
});

test('an order that failed before its creation was seen asks for nothing any more', () => {
  const desk = new Desk();
  assert.deepEqual(desk.fail(two), givenBack);
  assert.deepEqual(desk.create(two), []);
  // nor does it give back what could never be reserved
  const lines = [line('A', 0), line('B', 5), line('', 1)];
  assert.deepEqual(desk.fail(lines, '2'), ['release 2/1 5 B']);
});

test('a line that can not be reserved fails the order at once, and nothing is reserved or given back for it', () => {
  const desk = new Desk();
  const lines = [line('A', 0), line('B', 2), line('C', -4), line('', 1)];
  const told = [
    "FAIL 1: A: 0 asked for, and less than 1 can't be reserved: C: -4 asked for, and less than 1 can't be reserved: line 4 names no product to reserve",
  ];
  assert.deepEqual(desk.create(lines), told);
  assert.deepEqual(desk.create(lines), told);
  assert.deepEqual(desk.fail(lines), []);
});

test('a reply to nobody, to no line, or about another product changes nothing', () => {
  const desk = new Desk();
  assert.deepEqual(desk.reply(0, 'A', 'reserved'), []);
  assert.equal(desk.states.size, 0);
  desk.create(two);
  const before = JSON.stringify([...desk.states]);
  assert.deepEqual(desk.reply(2, 'A', 'short'), []);
  assert.deepEqual(desk.reply(0, 'B', 'short'), []);
  assert.equal(JSON.stringify([...desk.states]), before);
});

test('a validated order keeps what it has: that record is not ours', () => {
  const value = JSON.stringify(order('1', two, 'VALIDATED'));
  const record = { topic: 'orders', partition: 0, offset: 0, key: '1', value, headers: {}, timestampMs: 0 };
  assert.equal(inventoryOrdersFold.inputs[0]?.read(record).kind, 'notOurs');
});
