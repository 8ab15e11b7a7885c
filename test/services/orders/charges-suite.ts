import { afterEach, expect, test } from 'bun:test';
import { type Order, orderTopics, partitionFor } from '../../../core/mod.ts';
import { until } from '../../support/until.ts';
import { idsOnAllPartitions, OrdersBench, PARTITIONS, type Place, post, request, send } from './support.ts';

/** What customers have to pay for, on whatever log the Orders service stands. */
export function chargesSuite(makePlace: () => Promise<Place>): void {
  const benches: OrdersBench[] = [];
  afterEach(async () => {
    for (const bench of benches.splice(0)) await bench.close();
  });
  const newBench = async (): Promise<OrdersBench> => {
    const bench = await OrdersBench.make(makePlace);
    benches.push(bench);
    return bench;
  };

  /** Orders of a customer on every partition, posted at either instance: one fails, all others are validated. */
  const order = async (
    bench: OrdersBench,
    [one, other]: Awaited<ReturnType<OrdersBench['startTwo']>>,
    customerId: string,
  ): Promise<readonly [unshipped: string, first: string, second: string]> => {
    const ids = idsOnAllPartitions(customerId);
    for (const [at, id] of ids.entries())
      await post(at % 2 === 0 ? one : other, request(id, { customerId, quantity: at + 1 }));
    const [failed = '', unshipped = '', first = '', second = ''] = ids;
    await bench.decide(failed, 'FAILED', [{ checkType: 'FRAUD_CHECK', reasons: ['x'] }]);
    for (const id of [unshipped, first, second]) await bench.decide(id, 'VALIDATED');
    await untilLogged(bench, [failed, unshipped, first, second], 2);
    return [unshipped, first, second];
  };

  const untilLogged = (bench: OrdersBench, ids: readonly string[], revision: number): Promise<true> =>
    until('the states to be on the log', async () => {
      const orders = await bench.all<Order>(orderTopics.ordersByCustomer);
      return ids.every((id) => orders.some((each) => each.id === id && each.revision === revision));
    });

  const line = (orderId: string, quantity: number, date: string) => ({
    orderId,
    description: 'JUMPERS',
    quantity,
    unitPrice: '10.50',
    date,
  });

  test('a customer pays for what was shipped to him in the period, all that is on the log: what leaves later is in a later period, once', async () => {
    const bench = await newBench();
    const both = await bench.startTwo();
    const march = { from: '2031-03-01', to: '2031-04-01' };
    const april = { from: '2031-04-01', to: '2031-05-01' };
    for (const customerIdentifier of ['p-1', 'p-2', 'p-3', 'p-4']) {
      const [unshipped, first, second] = await order(bench, both, customerIdentifier);
      await bench.ship(first, '2031-03-31T23:59:59.999Z');
      await bench.ship(second, '2031-04-01T00:00:00.000Z');
      await untilLogged(bench, [first, second], 3);
      // asked the moment that they are on the log: the answers must have them all
      const [inMarch, inApril] = await Promise.all([
        bench.charges(`w-march-${customerIdentifier}`, { customerIdentifier, period: march }),
        bench.charges(`w-april-${customerIdentifier}`, { customerIdentifier, period: april }),
      ]);
      expect(inMarch.answer).toEqual({ customerIdentifier, lines: [line(first, 3, '2031-03-31')] });
      expect(inApril.answer).toEqual({ customerIdentifier, lines: [line(second, 4, '2031-04-01')] });
      const ever = { from: '2020-01-01', to: '2032-01-01' };
      const { answer } = await bench.charges(`w-ever-${customerIdentifier}`, {
        customerIdentifier,
        period: ever,
      });
      expect(JSON.stringify(answer)).toContain(first);
      expect(JSON.stringify(answer)).not.toContain(unshipped);
    }
    const today = new Date().toISOString().slice(0, 10);
    for (const [at, payload] of [
      null,
      { customerIdentifier: 'p-1' },
      { customerIdentifier: 'p-1', period: { from: today, to: today } },
      { customerIdentifier: 'p-1', period: { from: '2026-02-30', to: '2026-03-01' } },
    ].entries())
      expect((await bench.charges(`w-bad-${at}`, payload)).error?.code).toBe('bad-question');
  }, 60_000);

  test('with BILLED_ORDERS=validated he pays for his validated orders by their own day, shipped or not', async () => {
    const bench = await newBench();
    const both = await bench.startTwo({ BILLED_ORDERS: 'validated' });
    const today = new Date().toISOString().slice(0, 10);
    const dayAfter = new Date(Date.now() + 2 * 86_400_000).toISOString().slice(0, 10);
    for (const customerIdentifier of ['v-1', 'v-2']) {
      const ids = await order(bench, both, customerIdentifier);
      await bench.ship(ids[1], '2031-03-31T23:59:59.999Z');
      await untilLogged(bench, [ids[1]], 3);
      const { answer } = await bench.charges(`w-${customerIdentifier}`, {
        customerIdentifier,
        period: { from: today, to: dayAfter },
      });
      const lines = ids.map((id, at) => line(id, at + 2, expect.stringMatching(/^\d{4}-\d\d-\d\d$/)));
      expect(answer).toEqual({ customerIdentifier, lines });
      const later = { from: '2031-01-01', to: '2032-01-01' };
      const none = await bench.charges(`w-later-${customerIdentifier}`, {
        customerIdentifier,
        period: later,
      });
      expect(none.answer).toEqual({ customerIdentifier, lines: [] });
    }
  }, 60_000);

  test('charges wait until the customer’s partition is read so far, whoever’s order comes last there', async () => {
    const bench = await newBench();
    const both = await bench.startTwo();
    for (const customerId of ['w-1', 'w-2', 'w-3', 'w-4']) {
      const partition = partitionFor(customerId, PARTITIONS);
      const end = (await bench.backing.transport.endOffsets(orderTopics.ordersByCustomer))[partition] ?? 0;
      const path = `/v1/charges?customerId=${customerId}&from=2026-01-01&to=9999-01-01&upTo=${end + 1}`;
      expect((await send(both[0], 'GET', `${path}&timeout=200`)).status).toBe(504);
      const waiting = both.map((each) => send(each, 'GET', `${path}&timeout=30000`));
      const other = Array.from({ length: 100 }, (_, at) => `x-${at}`).find(
        (each) => partitionFor(each, PARTITIONS) === partition,
      );
      await post(both[0], request(`of-${other}-${customerId}`, { customerId: other }));
      for (const { status, body } of await Promise.all(waiting))
        expect([status, body]).toEqual([200, { customerIdentifier: customerId, lines: [] }]);
    }
  }, 60_000);
}
