import { afterEach, describe, expect, test } from 'bun:test';
import { orderTopics, type StockLevel } from '../../../core/mod.ts';
import type { Service } from '../../../services/platform/service.ts';
import { describeWithBroker, sharedBroker } from '../../broker/index.ts';
import { readTopic } from '../../support/read-topic.ts';
import { until } from '../../support/until.ts';
import { type Reply, send } from '../orders/support.ts';
import { InventoryBench, line } from './support.ts';

describe('the REST of the inventory on the embedded log', () => stories(async () => null));
describeWithBroker('the REST of the inventory on a broker', () =>
  stories(async () => (await sharedBroker()).brokers),
);

const put = (service: Service, sku: string, body: object): Promise<Reply> =>
  json(service, 'PUT', `/inventory/${encodeURIComponent(sku)}`, body);
const adjust = (service: Service, sku: string, body: object): Promise<Reply> =>
  json(service, 'POST', `/inventory/${encodeURIComponent(sku)}/adjustments`, body);

function json(service: Service, method: string, path: string, body: object): Promise<Reply> {
  const headers = { 'content-type': 'application/json' };
  return send(service, method, path, { body: JSON.stringify(body), headers });
}

function stories(brokersOf: () => Promise<string | null>): void {
  const benches: InventoryBench[] = [];
  afterEach(async () => {
    for (const bench of benches.splice(0)) await bench.close();
  });
  const newBench = async (samples: 'on' | 'off' = 'off'): Promise<InventoryBench> => {
    const bench = await InventoryBench.make(await brokersOf(), samples);
    benches.push(bench);
    return bench;
  };

  test('a level that was set is there at once, and after a reservation less is free', async () => {
    const bench = await newBench();
    const service = await bench.start();
    const set = await put(service, 'A/1', { stock: 10 });
    expect([set.status, set.body]).toEqual([200, { sku: 'A/1', stock: 10, reserved: 0, free: 10 }]);
    expect((await send(service, 'GET', '/inventory/A%2F1')).body).toEqual(set.body);
    await bench.order('1', [line('A/1', 4)]);
    expect(await bench.results(['1'])).toEqual(['PASS']);
    await until('the reservation to show', async () => {
      const { body } = await send(service, 'GET', '/inventory/A%2F1');
      return body.reserved === 4 && body.free === 6 && body.stock === 10;
    });
    expect((await put(service, 'A/1', { stock: 3 })).body).toEqual({
      sku: 'A/1',
      stock: 3,
      reserved: 4,
      free: 0,
    });
  });

  test('many products are asked for at once, each once, and what is unknown is named', async () => {
    const bench = await newBench('on');
    const [one, other] = await Promise.all([bench.start(), bench.start()]);
    for (const service of [one, other]) {
      const { status, body } = await send(
        service,
        'GET',
        '/inventory?sku=TOP-HATS&sku=NONE&sku=SOCKS&sku=TOP-HATS&fresh=true',
      );
      expect([status, body]).toEqual([
        200,
        {
          items: [
            { sku: 'TOP-HATS', stock: 1, reserved: 0, free: 1 },
            { sku: 'SOCKS', stock: 5_000, reserved: 0, free: 5_000 },
          ],
          unknown: ['NONE'],
        },
      ]);
    }
    const query = (count: number): string => Array.from({ length: count }, (_, at) => `sku=X${at}`).join('&');
    expect((await send(one, 'GET', `/inventory?${query(200)}`)).body.unknown).toHaveLength(200);
    const tooMany = await send(one, 'GET', `/inventory?${query(201)}`);
    expect([tooMany.status, tooMany.body.errors[0].path]).toEqual([422, '/sku']);
    const page = (await send(one, 'GET', '/inventory?limit=2&after=SOCKS')).body;
    expect([page.items.map(({ sku }: { sku: string }) => sku), page.next]).toEqual([
      ['STOCKINGS', 'TOP-HATS'],
      'TOP-HATS',
    ]);
    expect((await send(one, 'GET', '/inventory/NONE')).status).toBe(404);
  });

  test('an adjustment counts once for its id, at whatever instance it is sent again', async () => {
    const bench = await newBench();
    const [one, other] = [await bench.start(), await bench.start()];
    await put(one, 'A', { stock: 10 });
    const sent = await Promise.all(
      Array.from({ length: 6 }, (_, at) => adjust(at % 2 === 0 ? one : other, 'A', { id: 'truck-7', by: 5 })),
    );
    expect(sent.map(({ status }) => status)).toEqual(Array(6).fill(200));
    expect((await send(one, 'GET', '/inventory/A')).body.stock).toBe(15);
    const conflict = await adjust(other, 'A', { id: 'truck-7', by: 6 });
    expect([conflict.status, conflict.body.code]).toEqual([409, 'adjustment-conflict']);
    const tooFew = await adjust(one, 'A', { id: 'theft', by: -16 });
    expect([tooFew.status, tooFew.body.code]).toEqual([409, 'out-of-range']);
    expect((await adjust(one, 'A', { id: 'sale', by: -15 })).body).toEqual({
      sku: 'A',
      stock: 0,
      reserved: 0,
      free: 0,
    });
    expect((await adjust(one, 'NONE', { id: 'x', by: 1 })).status).toBe(404);
    expect(await readTopic(bench.backing.transport, orderTopics.inventoryAdjustments)).toHaveLength(9);
  });

  test('changes by topic show as well, and a price stays where a level is set without one', async () => {
    const bench = await newBench();
    const service = await bench.start();
    const level: StockLevel = { product: 'A', stock: 7, unitPrice: '2.50' };
    await bench.publish(orderTopics.warehouseInventory, 'A', level);
    await until('the level', async () => (await send(service, 'GET', '/inventory/A')).body.stock === 7);
    await bench.publish(orderTopics.inventoryAdjustments, 'A', { id: '1', product: 'A', by: 3 });
    await until('the adjustment', async () => (await send(service, 'GET', '/inventory/A')).body.stock === 10);
    await put(service, 'A', { stock: 20 });
    const levels = await readTopic(bench.backing.transport, orderTopics.warehouseInventory);
    expect(JSON.parse(String(levels.at(-1)?.value))).toEqual({ ...level, stock: 20 });
  });

  test('what does not fit is refused, and leaves nothing behind', async () => {
    const bench = await newBench();
    const service = await bench.start();
    for (const body of [{ stock: -1 }, { stock: 1.5 }, { stock: 1e13 }, {}, { stock: 1, free: 1 }])
      expect((await put(service, 'A', body)).status).toBe(422);
    expect((await put(service, 'x'.repeat(129), { stock: 1 })).status).toBe(422);
    await put(service, 'A', { stock: 1 });
    for (const body of [{ by: 1 }, { id: '', by: 1 }, { id: 'x', by: '1' }, { id: 'x', by: 1, stock: 2 }])
      expect((await adjust(service, 'A', body)).status).toBe(422);
    expect(await readTopic(bench.backing.transport, orderTopics.inventoryAdjustments)).toEqual([]);
    expect(await readTopic(bench.backing.transport, orderTopics.warehouseInventory)).toHaveLength(1);
  });

  test('an instance that starts later knows all that is reserved, and one where only levels were set too', async () => {
    const bench = await newBench();
    // set while nobody runs, so that no fold has come to it
    await bench.publish(orderTopics.warehouseInventory, 'A', { product: 'A', stock: 7 });
    const one = await bench.start();
    expect((await send(one, 'GET', '/inventory?sku=A&fresh=true')).body.items[0].stock).toBe(7);
    await bench.order('1', [line('A', 2)]);
    await bench.told(['1']);
    await one.stop();
    const later = await bench.start();
    expect((await send(later, 'GET', '/inventory/A')).body).toEqual({
      sku: 'A',
      stock: 7,
      reserved: 2,
      free: 5,
    });
  });
}
