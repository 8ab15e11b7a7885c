import { afterEach, expect, test } from 'bun:test';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { orderTopics, type Transport, topics } from '../../../core/mod.ts';
import type { Backing } from '../../../services/platform/backing.ts';
import type { Service } from '../../../services/platform/service.ts';
import { freePorts } from '../../broker/ports.ts';
import { readTopic } from '../../support/read-topic.ts';
import { until } from '../../support/until.ts';
import {
  idsOnAllPartitions,
  OrdersBench,
  type Place,
  post,
  type Reply,
  request,
  send,
  statesOf,
} from './support.ts';

/** What the Orders service does, on whatever log it stands. */
export function ordersSuite(makePlace: () => Promise<Place>): void {
  const benches: OrdersBench[] = [];
  afterEach(async () => {
    for (const bench of benches.splice(0)) await bench.close();
  });
  const newBench = async (): Promise<OrdersBench> => {
    const bench = await OrdersBench.make(makePlace);
    benches.push(bench);
    return bench;
  };

  test('an order that was posted at one instance is read at another, wherever it lives', async () => {
    const bench = await newBench();
    const [one, other] = await bench.startTwo();
    const servers = new Set<string | null>();
    for (const id of idsOnAllPartitions('posted')) {
      const posted = await post(one, request(id));
      expect([posted.status, posted.headers.get('location')]).toEqual([201, `/v1/orders/${id}`]);
      expect(posted.body).toEqual({
        id,
        customerId: '7',
        state: 'CREATED',
        product: 'JUMPERS',
        quantity: 2,
        price: '10.50',
        lines: [{ product: 'JUMPERS', quantity: 2, price: '10.50' }],
        createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        failures: [],
      });
      for (const instance of [one, other]) {
        const read = await send(instance, 'GET', `/v1/orders/${id}`);
        expect([read.status, read.body]).toEqual([200, posted.body]);
        servers.add(read.headers.get('requite-served-by'));
      }
    }
    expect(servers).toEqual(new Set([one.url ?? '', other.url ?? '']));
  });

  test('an order without an id is given one, which its Location names', async () => {
    const bench = await newBench();
    const service = await bench.start();
    const { status, headers, body } = await post(service, { ...request('x'), id: undefined });
    expect([status, headers.get('location')]).toEqual([201, `/v1/orders/${body.id}`]);
    expect((await send(service, 'GET', headers.get('location') ?? '')).body).toEqual(body);
  });

  test('a read waits until the order is there, at any instance, and at most until its time is over', async () => {
    const bench = await newBench();
    const [one, other] = await bench.startTwo();
    for (const id of idsOnAllPartitions('awaited')) {
      const begun = performance.now();
      const late = await send(one, 'GET', `/v1/orders/${id}?timeout=300`);
      expect([late.status, late.body.code]).toEqual([504, 'not-in-time']);
      expect(performance.now() - begun).toBeGreaterThan(290);
      const at0 = performance.now();
      expect((await send(other, 'GET', `/v1/orders/${id}?timeout=0`)).status).toBe(504);
      expect(performance.now() - at0).toBeLessThan(1_500);
      const waiting = [one, other].map((each) => send(each, 'GET', `/v1/orders/${id}?timeout=30000`));
      expect((await post(one, request(id))).status).toBe(201);
      for (const read of await Promise.all(waiting)) expect([read.status, read.body.id]).toEqual([200, id]);
    }
  });

  test('a read of /validated waits until the order is VALIDATED or FAILED, and says why', async () => {
    const bench = await newBench();
    const [one, other] = await bench.startTwo();
    const ids = idsOnAllPartitions('validated', 2);
    for (const id of ids) expect((await post(one, request(id))).status).toBe(201);
    const early = await send(one, 'GET', `/v1/orders/${ids[0]}/validated?timeout=200`);
    expect(early.status).toBe(504);
    const waiting = ids.map((id) => send(other, 'GET', `/v1/orders/${id}/validated?timeout=30000`));
    const failures = [{ checkType: 'FRAUD_CHECK' as const, reasons: ['too much'] }];
    for (const [at, id] of ids.entries())
      await bench.decide(id, at % 2 === 0 ? 'VALIDATED' : 'FAILED', at % 2 === 0 ? [] : failures);
    for (const [at, read] of (await Promise.all(waiting)).entries()) {
      const expected = at % 2 === 0 ? { state: 'VALIDATED', failures: [] } : { state: 'FAILED', failures };
      expect([read.status, read.body]).toMatchObject([200, expected]);
      expect((await send(one, 'GET', `/v1/orders/${ids[at]}`)).body).toEqual(read.body);
    }
    for (const id of ids) expect((await statesOf(bench, id)).length).toBe(2);
  });

  test('a validated order is shipped once the bus says so, and readers of /shipped are told how', async () => {
    const bench = await newBench();
    const [one, other] = await bench.startTwo();
    const ids = idsOnAllPartitions('shipped');
    const shippedAt = '2026-11-22T08:30:00.000Z';
    const first = await Promise.all(ids.map((id) => post(one, request(id))));
    for (const id of ids) await bench.decide(id, 'VALIDATED');
    for (const id of ids) expect((await send(one, 'GET', `/v1/orders/${id}/validated`)).status).toBe(200);
    const early = await send(other, 'GET', `/v1/orders/${ids[0]}/shipped?timeout=200`);
    expect([early.status, early.body.code]).toEqual([504, 'not-in-time']);
    const created = (await bench.all<{ orderId: string }>('events')).map(({ orderId }) => orderId);
    expect(created.sort()).toEqual([...ids].sort());
    const waiting = ids.map((id) => send(other, 'GET', `/v1/orders/${id}/shipped?timeout=30000`));
    for (const id of ids) await bench.ship(id, shippedAt);
    for (const [at, { status, body }] of (await Promise.all(waiting)).entries()) {
      const id = ids[at] ?? '';
      const shipment = { trackingNumber: `RQ-${id}`, shippedAt };
      expect([status, body]).toEqual([200, { ...first[at]?.body, state: 'SHIPPED', shipment }]);
      // whoever waits for the validation alone is answered too, and a repeat of the POST says what it said first
      expect((await send(one, 'GET', `/v1/orders/${id}/validated`)).body).toEqual(body);
      expect((await post(other, request(id))).body).toEqual(first[at]?.body);
      expect(await statesOf(bench, id)).toEqual(['CREATED', 'VALIDATED', 'SHIPPED']);
    }
  });

  test('an order that failed is not shipped: readers of /shipped are told so at once', async () => {
    const bench = await newBench();
    const service = await bench.start();
    await post(service, request('failed'));
    const waiting = send(service, 'GET', '/v1/orders/failed/shipped?timeout=30000');
    await bench.decide('failed', 'FAILED', [{ checkType: 'FRAUD_CHECK', reasons: ['too much'] }]);
    expect((await waiting).body.state).toBe('FAILED');
  });

  test('fifty readers wait for one key, at both instances, and all are told', async () => {
    const bench = await newBench();
    const [one, other] = await bench.startTwo();
    const [id = ''] = idsOnAllPartitions('popular');
    await post(one, request(id));
    const readers = Array.from({ length: 50 }, (_, at) =>
      send(at % 2 === 0 ? one : other, 'GET', `/v1/orders/${id}/validated?timeout=60000`),
    );
    await bench.decide(id, 'VALIDATED');
    for (const { status, body } of await Promise.all(readers))
      expect([status, body.state]).toEqual([200, 'VALIDATED']);
  });

  test('the same order again is the same reply, also once it has ended, and makes no other order', async () => {
    const bench = await newBench();
    const [one, other] = await bench.startTwo();
    const first = await post(one, request('again'));
    const same = {
      id: 'again',
      customerId: '7',
      product: 'JUMPERS',
      quantity: '2',
      price: '10.50',
      state: 'CREATED',
    };
    const again = await post(other, same);
    expect([again.status, again.body]).toEqual([201, first.body]);
    expect(again.headers.get('location')).toBe(first.headers.get('location'));
    await bench.decide('again', 'VALIDATED');
    expect((await send(one, 'GET', '/v1/orders/again/validated')).status).toBe(200);
    expect((await post(other, same)).body).toEqual(first.body);
    expect(new Set(await statesOf(bench, 'again'))).toEqual(new Set(['CREATED', 'VALIDATED']));
  });

  test('another order under a taken id is a 409 and a dead letter; the first stands', async () => {
    const bench = await newBench();
    const [one, other] = await bench.startTwo();
    const first = await post(one, request('taken'));
    for (const changes of [{ customerId: 8 }, { quantity: 3 }, { price: '10.51' }, { product: 'SOCKS' }]) {
      const conflict = await post(other, request('taken', changes));
      expect([conflict.status, conflict.body.code]).toEqual([409, 'order-conflict']);
    }
    expect((await send(other, 'GET', '/v1/orders/taken')).body).toEqual(first.body);
    await until('the dead letters', async () => (await bench.all(topics.deadLetters)).length === 4);
  });

  test('of many orders under one id at once, at two instances, one stands and the others are told', async () => {
    const bench = await newBench();
    const both = await bench.startTwo();
    const replies = await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        post(both[at % 2] ?? both[0], request('raced', { quantity: 1 + (at % 4) })),
      ),
    );
    const { quantity } = (await send(both[0], 'GET', '/v1/orders/raced')).body;
    for (const [at, { status, body }] of replies.entries()) {
      expect(status).toBe(1 + (at % 4) === quantity ? 201 : 409);
      if (status === 201) expect(body.quantity).toBe(quantity);
    }
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(5);
  });

  test('lists a customer’s orders at any instance, the newest first', async () => {
    const bench = await newBench();
    const both = await bench.startTwo();
    for (const customerId of ['c-1', 'c-2', 'c-3']) {
      for (let at = 0; at < 3; at++) {
        await post(both[at % 2] ?? both[0], request(`${customerId}-${at}`, { customerId }));
        const list = (service: Service, limit: number): Promise<Reply> =>
          send(service, 'GET', `/v1/orders?customerId=${customerId}&limit=${limit}`);
        const expected = Array.from({ length: at + 1 }, (_, index) => `${customerId}-${at - index}`).sort();
        for (const service of both) {
          // the list is of another partition than the order: it comes a moment later
          const found = await until('the list to be complete', async () => {
            const { body } = await list(service, 10);
            return body.orders.length === at + 1 && body.orders;
          });
          expect(found.map(({ id }: { id: string }) => id).sort()).toEqual(expected);
          const times = found.map(({ createdAt }: { createdAt: string }) => createdAt);
          expect(times).toEqual([...times].sort().reverse());
          expect((await list(service, 1)).body.orders).toEqual(found.slice(0, 1));
        }
      }
    }
    expect((await send(both[0], 'GET', '/v1/orders?customerId=nobody')).body).toEqual({ orders: [] });
  });

  test('who stops hands over: readers that wait at the other instance are told there', async () => {
    const bench = await newBench();
    const [one, other] = await bench.startTwo();
    const ids = idsOnAllPartitions('handed', 2);
    for (const id of ids) await post(one, request(id));
    const waiting = ids.map((id) => send(other, 'GET', `/v1/orders/${id}/validated?timeout=60000`));
    await bench.stop(one);
    for (const id of ids) await bench.decide(id, 'VALIDATED');
    for (const { status, headers } of await Promise.all(waiting))
      expect([status, headers.get('requite-served-by')]).toEqual([200, other.url ?? '']);
  }, 60_000);

  test('readers of an instance that stops are told to ask again, and soon', async () => {
    const bench = await newBench();
    const service = await bench.start();
    const waiting = send(service, 'GET', '/v1/orders/never?timeout=60000');
    await until(
      'the reader to wait',
      async () => (await send(service, 'GET', '/health/live')).status === 200,
    );
    const begun = performance.now();
    await bench.stop(service);
    expect(performance.now() - begun).toBeLessThan(4_500);
    const { status, headers, body } = await waiting;
    expect([status, headers.get('retry-after'), body.code]).toEqual([503, '2', 'stopping']);
  });

  test('a wait ends when its client is gone, at the instance that was asked and at the one that has the key', async () => {
    const bench = await newBench();
    const both = await bench.startTwo();
    const ended = async (service: Service): Promise<number> => {
      const { body } = await send(service, 'GET', '/metrics');
      const counts = String(body).matchAll(
        /http_requests_total\{[^}]*route="\/v1\/orders\/:id\/validated"[^}]*\} (\d+)/g,
      );
      return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
    };
    const ids = idsOnAllPartitions('left');
    const clients = ids.map((id) => {
      const client = new AbortController();
      const path = `${both[0].url}/v1/orders/${id}/validated?timeout=100000`;
      return { client, read: fetch(path, { signal: client.signal }).catch(() => 'gone') };
    });
    await Bun.sleep(300); // until they wait; were it too short, the test would only show less
    const before = await Promise.all(both.map(ended));
    expect(before[0]).toBe(0);
    for (const { client, read } of clients) {
      client.abort();
      expect(await read).toBe('gone');
    }
    await until('the waits at the first to end', async () => (await ended(both[0])) === ids.length);
    await until(
      'the waits at the other to end',
      async () => (await ended(both[1])) > (before[1] ?? 0),
      5_000,
    );
  });

  test('a view’s file survives a restart, which reads on from there; a deleted one is made anew from the log', async () => {
    const bench = await newBench();
    const [port = 0] = await freePorts(1);
    const service = await bench.start(port);
    const ids = idsOnAllPartitions('kept', 3);
    for (const id of ids) await post(service, request(id));
    await bench.stop(service);
    // after the last record: where it was written in a transaction, its marker comes yet
    const ends = new Map<number, number>();
    for (const { partition, offset } of await readTopic(bench.backing.transport, orderTopics.orders))
      ends.set(partition, offset + 1);
    const file = join(bench.place.dataDir, 'views', `orders-${port}.db`);
    expect(existsSync(file)).toBe(true);
    const readFrom = new Map<number, number>();
    const spied = await bench.start(port, (backing) => spying(backing, orderTopics.orders, readFrom));
    for (const id of ids) expect((await send(spied, 'GET', `/v1/orders/${id}`)).status).toBe(200);
    expect([...readFrom].sort()).toEqual([...ends].sort());
    await bench.stop(spied);
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });
    readFrom.clear();
    const again = await bench.start(port, (backing) => spying(backing, orderTopics.orders, readFrom));
    for (const id of ids) expect((await send(again, 'GET', `/v1/orders/${id}`)).body.id).toBe(id);
    expect([...readFrom.values()]).toEqual([...ends].map(() => 0));
  }, 60_000);
}

/** Notes from where each partition of a topic is read first. */
function spying(backing: Backing, topic: string, readFrom: Map<number, number>): Backing {
  const read: Transport['read'] = (options) =>
    backing.transport.read({
      ...options,
      from: (name, partition) => {
        const from = options.from(name, partition);
        if (name === topic && !readFrom.has(partition)) readFrom.set(partition, from);
        return from;
      },
    });
  const transport = new Proxy(backing.transport, {
    get: (target, name) => {
      if (name === 'read') return read;
      const member = Reflect.get(target, name) as unknown;
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
  return { ...backing, transport };
}
