import { afterEach, describe, expect, test } from 'bun:test';
import { type InventoryLevel, type Order, orderTopics } from '../../core/mod.ts';
import { describeWithCluster } from '../broker/index.ts';
import { until } from '../support/until.ts';
import { emptyCluster } from './cluster.ts';
import type { LogSettings } from './orders-log.ts';
import { replayInventory } from './orders-oracle-inventory.ts';
import { type PlacedReply, SlowPath, StockCheckLab } from './stock-check-lab.ts';

const PARTITIONS = 3;
const TEST_MS = 300_000;
const SLOW_MS = 30_000;
/** Of the first nobody can order enough; the others are soon gone. */
const STOCK: ReadonlyMap<string, number> = new Map([
  ['PLENTY', 100_000],
  ['FEW', 12],
  ['FEWER', 7],
  ['ONE', 1],
]);
const SKUS = [...STOCK.keys()];

const undos: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const undo of undos.splice(0).reverse()) await undo();
});

describe('on the embedded log', () => {
  test(
    'while the inventory is killed or frozen, orders go on as pending, and stock checks come back with it',
    () => outages({ partitions: PARTITIONS }),
    TEST_MS,
  );
  test(
    'while the inventory takes half a minute to answer, orders do not wait for it',
    () => slow({ partitions: PARTITIONS }),
    TEST_MS,
  );
});

describeWithCluster('on Kafka', () => {
  const deployment = async (): Promise<LogSettings> => ({
    brokers: (await emptyCluster()).brokers,
    partitions: PARTITIONS,
  });
  test(
    'while the inventory is killed or frozen, orders go on as pending, and stock checks come back with it',
    async () => outages(await deployment()),
    TEST_MS,
  );
});

async function outages(deployment: LogSettings): Promise<void> {
  const lab = await StockCheckLab.make(deployment);
  undos.push(() => lab.close());
  await lab.startAll();
  await lab.furnish(STOCK);
  const traffic = new Traffic(lab);
  await traffic.checked();

  await lab.processes.kill('inventory');
  await traffic.pending();
  await lab.startInventory();
  await traffic.checked();

  await lab.freezeInventory();
  await traffic.pending();
  lab.processes.thaw('inventory');
  await traffic.checked();

  await lab.freezeInventory();
  await traffic.pending();
  await lab.processes.kill('inventory');
  await lab.startInventory();
  await traffic.checked();
  await expectRight(lab, traffic);
}

async function slow(deployment: LogSettings): Promise<void> {
  const path = new SlowPath(SLOW_MS);
  undos.push(() => path.close());
  const lab = await StockCheckLab.make(deployment, (own) => path.open(own));
  undos.push(() => lab.close());
  await lab.startAll();
  await lab.furnish(STOCK);
  const traffic = new Traffic(lab);
  await traffic.checked();
  path.isSlow = true;
  await traffic.pending();
  // every order was taken while the inventory owed its answers
  expect(path.waiting).toBeGreaterThan(0);
  // after a while one order at a time asks again, and meanwhile the others go on
  await until('the breaker to be half-open', async () => {
    const [, breaker] = await Promise.all([traffic.some(1), lab.breaker()]);
    return breaker === 'half-open';
  });
  path.isSlow = false;
  await traffic.checked();
  await expectRight(lab, traffic);
}

/** Orders of two lines each, one after the other, of customers who order little. */
class Traffic {
  /** The orders that were taken, by id. */
  readonly taken: Map<string, PlacedReply['body']> = new Map();
  readonly turnedDown: Set<string> = new Set();
  readonly #lab: StockCheckLab;
  #count = 0;

  constructor(lab: StockCheckLab) {
    this.#lab = lab;
  }

  /** So many orders; each is taken or turned down for want of stock. */
  async some(count: number): Promise<PlacedReply[]> {
    const replies: PlacedReply[] = [];
    for (let at = 0; at < count; at++) {
      const number = this.#count++;
      const id = `s-${number}`;
      const other = SKUS[1 + (number % (SKUS.length - 1))] ?? '';
      const lines = [
        { sku: 'PLENTY', quantity: 1 + (number % 3), price: '1.00' },
        { sku: other, quantity: 1, price: '1.00' },
      ];
      const order = { id, customerId: `c-${number}`, lines };
      const reply = await this.#lab.place(order);
      expect([201, 409]).toContain(reply.status);
      if (reply.status === 201) this.taken.set(id, reply.body);
      else this.turnedDown.add(id);
      // sent again it is answered the same, whatever has become of the inventory
      if (reply.status === 201) expect(await this.#lab.place(order)).toEqual(reply);
      replies.push(reply);
    }
    return replies;
  }

  /** Sends orders until stock is checked, the breaker is closed, and what is short is turned down. */
  async checked(): Promise<void> {
    await until('stock to be checked', async () => {
      const replies = await this.some(1);
      const isChecked = replies.every(({ status, body }) => status === 409 || body.stockCheck === 'in-stock');
      return isChecked && (await this.#lab.breaker()) === 'closed';
    });
    const tooMany = { customerId: 'c', lines: [{ sku: 'FEWER', quantity: 8, price: '1.00' }] };
    const turnedDown = await until('too many to be turned down', async () => {
      const reply = await this.#lab.place(tooMany);
      return reply.status === 409 ? reply : null;
    });
    expect(turnedDown.body.lines[0]).toMatchObject({ line: 0, sku: 'FEWER', asked: 8 });
  }

  /** Sends orders until the breaker is open, and a few more; none of them is turned down. */
  async pending(): Promise<void> {
    const isOpen = async (): Promise<boolean> => {
      const [reply] = await this.some(1);
      expect([reply?.status, reply?.body.stockCheck]).toEqual([201, 'pending']);
      return (await this.#lab.breaker()) === 'open';
    };
    await until('the breaker to open', isOpen);
    await this.some(5);
  }
}

/** Every order that was taken ends as the log says, nothing is sold twice, and what is shown is so. */
async function expectRight(lab: StockCheckLab, traffic: Traffic): Promise<void> {
  const ends = new Map<string, Order['state']>();
  await until('every order to end', async () => {
    for (const { id, state, revision } of await lab.log.values<Order>(orderTopics.orders))
      if (revision === 2) ends.set(id, state);
    return [...traffic.taken.keys()].every((id) => ends.has(id));
  });
  await until('the log to come to rest', async () => {
    const before = await lab.log.sizes();
    return (await lab.log.unread()).length === 0 && (await lab.log.sizes()) === before;
  });
  const { found, stock, reserved } = replayInventory(await lab.log.read());
  expect(stock).toEqual(STOCK);
  for (const [sku, pieces] of reserved) expect(pieces).toBeLessThanOrEqual(stock.get(sku) ?? 0);
  const expected = [...traffic.taken.keys()].map((id) => [
    id,
    found.get(id) === 'PASS' ? 'VALIDATED' : 'FAILED',
  ]);
  expect([...traffic.taken.keys()].map((id) => [id, ends.get(id)])).toEqual(expected);
  expect([...traffic.turnedDown].filter((id) => ends.has(id))).toEqual([]);
  // enough happened: some were taken by a check, some without, and of these some failed
  const states = (stockCheck: string): (Order['state'] | undefined)[] =>
    [...traffic.taken].flatMap(([id, body]) => (body.stockCheck === stockCheck ? [ends.get(id)] : []));
  expect(states('in-stock')).toContain('VALIDATED');
  expect(states('pending')).toContain('FAILED');
  // the last level of each product that was told is what the reservations come to
  const levels = new Map<string, InventoryLevel>();
  for (const level of await lab.log.values<InventoryLevel>(orderTopics.inventoryLevels))
    if (level.revision > (levels.get(level.product)?.revision ?? 0)) levels.set(level.product, level);
  for (const [sku, pieces] of STOCK) {
    const held = reserved.get(sku) ?? 0;
    expect(levels.get(sku)).toMatchObject({ stock: pieces, reserved: held, free: pieces - held });
    const shown = await (await fetch(`${lab.inventory}/inventory/${sku}`)).json();
    expect(shown).toEqual({ sku, stock: pieces, reserved: held, free: pieces - held });
  }
}
