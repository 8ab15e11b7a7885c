import { afterEach, describe, expect, test } from 'bun:test';
import type { OrderLine, OutgoingRecord } from '../../../core/mod.ts';
import { startOrderDetailsService } from '../../../services/order-details/index.ts';
import type { StartService } from '../../../services/platform/service.ts';
import { describeWithBroker, sharedBroker } from '../../broker/index.ts';
import { startOn } from '../../support/platform.ts';
import { until } from '../../support/until.ts';
import { onOrders, openPlace, order, settingsIn, silent, ValidatorLab } from '../fraud/support.ts';
import { HeldWarehouse, level } from './support.ts';

const orderOf = (id: string, ...lines: OrderLine[]): OutgoingRecord =>
  onOrders(order(id, 'c', '1', 0, { lines }));
const line = (product: string, quantity = 1, price = '5.00'): OrderLine => ({ product, quantity, price });

function detailsSuite(brokers: () => Promise<string>): void {
  let lab: ValidatorLab | null = null;
  const cleanup: (() => Promise<void>)[] = [];

  afterEach(async () => {
    await lab?.close();
    lab = null;
    for (let undo = cleanup.pop(); undo !== undefined; undo = cleanup.pop()) await undo();
  });

  async function open(): Promise<ValidatorLab> {
    lab = await ValidatorLab.open(await brokers());
    return lab;
  }

  /** The service on a log whose warehouse is held. */
  async function held({ place }: ValidatorLab): Promise<{ warehouse: HeldWarehouse; start: StartService }> {
    const backing = await openPlace(place);
    cleanup.push(() => backing.close());
    const warehouse = new HeldWarehouse(backing.transport);
    const watched = { ...backing, transport: warehouse.transport };
    return { warehouse, start: (platform) => startOrderDetailsService({ ...platform, backing: watched }) };
  }

  test('passes what can be sold, and fails the rest with every reason', async () => {
    const bench = await open();
    await bench.publish(level('JUMPERS', 10), level('STOCKINGS', 0));
    await bench.start(startOrderDetailsService);
    await bench.publish(
      orderOf('good', line('JUMPERS'), line('STOCKINGS', 7, '0')),
      orderOf('bad', line('SOCKS', 0, '-1'), line('JUMPERS', -2)),
      onOrders(order('nobody', '', '1')),
      onOrders(order('ended', 'c', '-1', 0, { state: 'FAILED', revision: 2 })),
    );
    const checkType = 'ORDER_DETAILS_CHECK';
    expect(await bench.judged('good', 'bad', 'nobody')).toEqual([
      { orderId: 'good', checkType, validationResult: 'PASS', reasons: [] },
      {
        orderId: 'bad',
        checkType,
        validationResult: 'FAIL',
        reasons: [
          'line 1: the quantity is zero',
          'line 1: the price -1 is negative',
          'line 1: there is no product "SOCKS"',
          'line 2: the quantity -2 is negative',
        ],
      },
      { orderId: 'nobody', checkType, validationResult: 'FAIL', reasons: ['the customer is missing'] },
    ]);
    expect(await bench.deadLetters()).toBe(0);
    expect((await bench.validations()).length).toBe(3);
  }, 90_000);

  test('a product that comes a moment before its order is known, each time', async () => {
    const bench = await open();
    await bench.start(startOrderDetailsService);
    const names = Array.from({ length: 30 }, (_, at) => `product-${at}`);
    for (const name of names) {
      await bench.publish(level(name, 1));
      await bench.publish(orderOf(`of-${name}`, line(name)));
    }
    const results = await bench.results(...names.map((name) => `of-${name}`));
    expect(results.filter((result) => result === 'FAIL')).toEqual([]);
  }, 90_000);

  test('an unknown product is told from one that is not read yet: its order waits for the view', async () => {
    const bench = await open();
    const { warehouse, start } = await held(bench);
    warehouse.isHeld = false;
    await bench.publish(level('JUMPERS', 1));
    await bench.start(start);
    warehouse.isHeld = true;
    await bench.publish(level('NEW', 1));
    const { askedEnds } = warehouse;
    await bench.publish(orderOf('of-new', line('NEW')), orderOf('of-none', line('NONE')));
    await until('the order to ask how far the warehouse is', () => warehouse.askedEnds > askedEnds);
    expect(await bench.validations()).toEqual([]);
    warehouse.isHeld = false;
    expect(await bench.results('of-new', 'of-none')).toEqual(['PASS', 'FAIL']);
    expect(await bench.deadLetters()).toBe(0);
  }, 90_000);

  test('an order of known products waits for nothing', async () => {
    const bench = await open();
    const { warehouse, start } = await held(bench);
    warehouse.isHeld = false;
    await bench.publish(level('JUMPERS', 1));
    await bench.start(start);
    warehouse.isHeld = true;
    const { askedEnds } = warehouse;
    await bench.publish(level('NEW', 1), orderOf('of-jumpers', line('JUMPERS')));
    expect(await bench.results('of-jumpers')).toEqual(['PASS']);
    expect(warehouse.askedEnds).toBe(askedEnds);
    warehouse.isHeld = false;
  }, 90_000);

  test('it takes no orders before it has read the warehouse once', async () => {
    const bench = await open();
    const { warehouse, start } = await held(bench);
    await bench.publish(level('JUMPERS', 1), orderOf('early', line('JUMPERS')));
    const { askedEnds } = warehouse;
    const starting = bench.start(start);
    await until('it to ask how far the warehouse is', () => warehouse.askedEnds > askedEnds + 1);
    expect(warehouse.joined).toEqual([]);
    warehouse.isHeld = false;
    await starting;
    expect(warehouse.joined).toEqual(['order-details']);
    expect(await bench.results('early')).toEqual(['PASS']);
  }, 90_000);

  test('told to stop while it waits for the warehouse, it gives up', async () => {
    const bench = await open();
    const { warehouse, start } = await held(bench);
    await bench.publish(level('JUMPERS', 1));
    const stopping = new AbortController();
    const platform = { settings: settingsIn(bench.place), backing: bench.backing, logger: silent };
    const { askedEnds } = warehouse;
    const starting = startOn(start, { ...platform, stopping: stopping.signal });
    await until('it to ask how far the warehouse is', () => warehouse.askedEnds > askedEnds + 1);
    stopping.abort();
    await expect(starting).rejects.toMatchObject({ code: 'closed' });
    expect(warehouse.joined).toEqual([]);
  }, 90_000);

  test('a product that was taken out is unknown again; what is no level is left out', async () => {
    const bench = await open();
    await bench.publish(level('GONE', 5), level('JUMPERS', 1), level('GONE', null));
    await bench.publish({ ...level('BROKEN', 1), value: '{"product":"BROKEN"}' });
    await bench.publish({ ...level('OTHER', 1), value: '{"product":"ELSE","stock":1}' });
    await bench.start(startOrderDetailsService);
    await bench.publish(...['GONE', 'JUMPERS', 'BROKEN', 'OTHER'].map((name) => orderOf(name, line(name))));
    expect(await bench.results('GONE', 'JUMPERS', 'BROKEN', 'OTHER')).toEqual([
      'FAIL',
      'PASS',
      'FAIL',
      'FAIL',
    ]);
  }, 90_000);

  test('two instances share the orders, and one alone goes on with all', async () => {
    const bench = await open();
    await bench.publish(level('JUMPERS', 1));
    const one = await bench.start(startOrderDetailsService);
    const two = await bench.start(startOrderDetailsService);
    await until('both to own partitions', () => one.owned.size === 2 && two.owned.size === 2);
    const ids = Array.from({ length: 40 }, (_, at) => `o-${at}`);
    await bench.publish(...ids.map((id) => orderOf(id, line('JUMPERS'))));
    expect(new Set(await bench.results(...ids))).toEqual(new Set(['PASS']));
    expect((await bench.validations()).length).toBe(ids.length);
    await one.stop();
    await bench.publish(...ids.map((id) => orderOf(`late-${id}`, line('JUMPERS'))));
    expect(new Set(await bench.results(...ids.map((id) => `late-${id}`)))).toEqual(new Set(['PASS']));
  }, 120_000);
}

describe('the order details service on the embedded log', () => {
  detailsSuite(async () => '');
});

describeWithBroker('the order details service on a broker', () => {
  detailsSuite(async () => (await sharedBroker()).brokers);
});
