import { afterEach, describe, expect, test } from 'bun:test';
import { orderTopics } from '../../../core/mod.ts';
import { sampleStock } from '../../../services/inventory/samples.ts';
import { describeWithBroker, sharedBroker } from '../../broker/index.ts';
import { readTopic } from '../../support/read-topic.ts';
import { InventoryBench, line } from './support.ts';

const ids = (count: number, prefix = 'order'): string[] =>
  Array.from({ length: count }, (_, at) => `${prefix}-${at}`);

describe('the inventory on the embedded log', () => inventoryStories(async () => null));
describeWithBroker('the inventory on a broker', () =>
  inventoryStories(async () => (await sharedBroker()).brokers),
);

function inventoryStories(brokersOf: () => Promise<string | null>): void {
  const benches: InventoryBench[] = [];
  afterEach(async () => {
    for (const bench of benches.splice(0)) await bench.close();
  });
  const newBench = async (samples: 'on' | 'off' = 'off'): Promise<InventoryBench> => {
    const bench = await InventoryBench.make(await brokersOf(), samples);
    benches.push(bench);
    return bench;
  };

  test('ten orders in a row pass where there is enough', async () => {
    const bench = await newBench();
    await bench.start();
    await bench.stocked('JUMPERS', 20);
    for (const id of ids(10)) {
      await bench.order(id, [line('JUMPERS', 2)]);
      expect(await bench.told([id])).toEqual([
        { orderId: id, checkType: 'INVENTORY_CHECK', validationResult: 'PASS', reasons: [] },
      ]);
    }
    await bench.reserved('JUMPERS', 20);
  });

  test('ten orders fail, with the reason, where the warehouse is empty', async () => {
    const bench = await newBench();
    await bench.start();
    await Promise.all(ids(10).map((id) => bench.order(id, [line('JUMPERS', 3)])));
    for (const { validationResult, reasons } of await bench.told(ids(10))) {
      expect([validationResult, reasons]).toEqual(['FAIL', ['JUMPERS: 3 asked for, none free']]);
    }
  });

  test('forty orders at once over two instances get exactly the ten pieces that there are', async () => {
    const bench = await newBench();
    await bench.start();
    await bench.start();
    await bench.stocked('JUMPERS', 10);
    await Promise.all(ids(40).map((id) => bench.order(id, [line('JUMPERS')])));
    const results = await bench.results(ids(40));
    expect(results.filter((each) => each === 'PASS')).toHaveLength(10);
    await bench.reserved('JUMPERS', 10);
  });

  test('what a failed order had is the next one’s, whoever failed it', async () => {
    const bench = await newBench();
    await bench.start();
    await bench.stocked('JUMPERS', 5);
    await bench.stocked('STOCKINGS', 1);
    // short of one product: the other is given back
    await bench.order('greedy', [line('JUMPERS', 5), line('STOCKINGS', 2)]);
    expect(await bench.results(['greedy'])).toEqual(['FAIL']);
    await bench.order('passes', [line('JUMPERS', 5), line('STOCKINGS', 1)]);
    expect(await bench.results(['passes'])).toEqual(['PASS']);
    // another check fails it
    await bench.order('passes', [line('JUMPERS', 5), line('STOCKINGS', 1)], 'FAILED');
    await bench.reserved('JUMPERS', 0);
    await bench.order('next', [line('JUMPERS', 5)]);
    expect(await bench.results(['next'])).toEqual(['PASS']);
  });

  test('a new level is there for the next order, and a deleted one is none', async () => {
    const bench = await newBench();
    await bench.start();
    await bench.stocked('JUMPERS', 1);
    await bench.order('first', [line('JUMPERS', 4)]);
    expect((await bench.told(['first']))[0]?.reasons).toEqual(['JUMPERS: 4 asked for, 1 free']);
    await bench.stocked('JUMPERS', 4);
    await bench.order('second', [line('JUMPERS', 4)]);
    expect(await bench.results(['second'])).toEqual(['PASS']);
    await bench.stocked('JUMPERS', 9);
    await bench.publish(orderTopics.warehouseInventory, 'JUMPERS', null);
    await bench.hasStock('JUMPERS', 0);
    await bench.order('third', [line('JUMPERS', 1)]);
    expect(await bench.results(['third'])).toEqual(['FAIL']);
  });

  test('repeats, from the first record on, reserve nothing twice and contradict nothing', async () => {
    const bench = await newBench();
    const service = await bench.start();
    await bench.stocked('JUMPERS', 30);
    await bench.stocked('STOCKINGS', 6);
    await Promise.all(ids(10).map((id) => bench.order(id, [line('JUMPERS', 2), line('STOCKINGS')])));
    const before = await bench.results(ids(10));
    expect(before.filter((each) => each === 'PASS')).toHaveLength(6);
    await bench.reserved('JUMPERS', 12);
    await bench.settled();
    await service.stop();
    await bench.rewind();
    await bench.start();
    await bench.order('after', [line('JUMPERS', 18)]);
    expect(await bench.results(['after'])).toEqual(['PASS']);
    await bench.settled();
    expect(await bench.contradicted()).toEqual([]);
    await bench.reserved('JUMPERS', 30);
    await bench.reserved('STOCKINGS', 6);
  });

  test('kill -9 of instances in the midst: nothing is lost, oversold or left reserved', async () => {
    const bench = await newBench();
    const instances = [await bench.spawn(), await bench.spawn()];
    await bench.stocked('JUMPERS', 40);
    await bench.stocked('STOCKINGS', 25);
    await bench.stocked('UNDERPANTS', 500);
    const all = ids(120);
    const linesOf = (at: number) => [line('UNDERPANTS', 2), line(at % 2 === 0 ? 'JUMPERS' : 'STOCKINGS')];
    const successors: Promise<unknown>[] = [];
    for (const [at, id] of all.entries()) {
      await bench.order(id, linesOf(at));
      const victim = instances[[40, 80].indexOf(at)];
      if (victim === undefined) continue;
      await victim.kill();
      successors.push(bench.spawn());
    }
    await Promise.all(successors);
    const results = await bench.results(all);
    const passed = results.flatMap((result, at) => (result === 'PASS' ? [at] : []));
    expect(passed.filter((at) => at % 2 === 0)).toHaveLength(40);
    expect(passed.filter((at) => at % 2 === 1)).toHaveLength(25);
    await bench.settled();
    await bench.reserved('UNDERPANTS', 130);
    await bench.reserved('JUMPERS', 40);
    await bench.reserved('STOCKINGS', 25);
    expect(await bench.contradicted()).toEqual([]);
  });

  test('puts the sample stock in place once, and orders of it pass', async () => {
    const bench = await newBench('on');
    await Promise.all([bench.start(), bench.start()]);
    expect(await readTopic(bench.backing.transport, orderTopics.warehouseInventory)).toHaveLength(
      sampleStock.length,
    );
    // an order that overtakes its stock would fail
    for (const { product, stock } of sampleStock) await bench.hasStock(product, stock);
    await bench.order(
      'sample',
      ['JUMPERS', 'UNDERPANTS', 'STOCKINGS'].map((product) => line(product, 10)),
    );
    expect(await bench.results(['sample'])).toEqual(['PASS']);
  });

  test('with SAMPLES=off the warehouse begins empty', async () => {
    const bench = await newBench();
    await bench.start();
    await bench.order('sample', [line('JUMPERS')]);
    expect(await bench.results(['sample'])).toEqual(['FAIL']);
    expect(await readTopic(bench.backing.transport, orderTopics.warehouseInventory)).toEqual([]);
  });
}
