import { afterEach, expect, test } from 'bun:test';
import { productTopics } from '../../../core/mod.ts';
import { sampleStock } from '../../../services/inventory/samples.ts';
import { readTopic } from '../../support/read-topic.ts';
import { until } from '../../support/until.ts';
import { type Place, send } from '../orders/support.ts';
import { ProductsBench, sendJson, shirt } from './support.ts';

/** What the Product service does, on whatever log it stands. */
export function productsSuite(makePlace: () => Promise<Place>): void {
  const benches: ProductsBench[] = [];
  afterEach(async () => {
    for (const bench of benches.splice(0)) await bench.close();
  });
  const newBench = async (): Promise<ProductsBench> => {
    const bench = await ProductsBench.make(makePlace);
    benches.push(bench);
    return bench;
  };

  test('a product that was created is read where it was created at once, and elsewhere soon', async () => {
    const bench = await newBench();
    const [one, other] = [await bench.start(), await bench.start()];
    const created = await sendJson(one, 'POST', '/products', shirt('A/1 ä'));
    expect([created.status, created.headers.get('location'), created.headers.get('etag')]).toEqual([
      201,
      '/products/A%2F1%20%C3%A4',
      '"1"',
    ]);
    const { createdAt } = created.body;
    expect(created.body).toEqual({
      ...shirt('A/1 ä'),
      state: 'active',
      revision: 1,
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      updatedAt: createdAt,
    });
    for (const instance of [one, other])
      expect((await send(instance, 'GET', '/products/A%2F1%20%C3%A4')).body).toEqual(created.body);
  });

  test('the same again is a repeat, also after a change; other content under the sku is refused', async () => {
    const bench = await newBench();
    const service = await bench.start();
    await sendJson(service, 'POST', '/products', shirt('A'));
    const again = await sendJson(service, 'POST', '/products', shirt('A'));
    expect([again.status, again.body.revision]).toEqual([200, 1]);
    const other = await sendJson(service, 'POST', '/products', shirt('A', { unitPrice: '1.00' }));
    expect([other.status, other.body.code]).toEqual([409, 'product-exists']);
    await sendJson(service, 'PATCH', '/products/A', { unitPrice: '41.00' });
    const late = await sendJson(service, 'POST', '/products', shirt('A'));
    expect([late.status, late.body.revision, late.body.unitPrice]).toEqual([200, 2, '41.00']);
  });

  test('of twenty that create one sku at once at two instances exactly one wins, and the others are told', async () => {
    const bench = await newBench();
    const instances = [await bench.start(), await bench.start()];
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, at) => {
        const instance = instances[at % 2];
        if (instance === undefined) throw new Error('no instance');
        return sendJson(instance, 'POST', '/products', shirt('RACE', { name: `Shirt ${at}` }));
      }),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(19).fill(409)]);
    const winner = answers.find(({ status }) => status === 201)?.body;
    for (const instance of instances) {
      await until(
        'both to show it',
        async () => (await send(instance, 'GET', '/products/RACE')).status === 200,
      );
      expect((await send(instance, 'GET', '/products/RACE')).body).toEqual(winner);
    }
  });

  test('a change by an old revision is refused, so that no update is lost', async () => {
    const bench = await newBench();
    const [one, other] = [await bench.start(), await bench.start()];
    await sendJson(one, 'POST', '/products', shirt('A'));
    const racing = await Promise.all(
      [one, other].map((each, at) =>
        sendJson(each, 'PATCH', '/products/A', { name: `By ${at}` }, { 'if-match': '"1"' }),
      ),
    );
    expect(racing.map(({ status }) => status).sort()).toEqual([200, 412]);
    const { body } = await send(one, 'GET', '/products/A');
    expect(body).toEqual(racing.find(({ status }) => status === 200)?.body);
    const stale = await sendJson(one, 'PUT', '/products/A', withoutSku(shirt('A')), { 'if-match': '"1"' });
    expect([stale.status, stale.body.code, stale.headers.get('etag')]).toEqual([
      412,
      'stale-revision',
      '"2"',
    ]);
    const odd = await sendJson(one, 'DELETE', '/products/A', undefined, { 'if-match': 'W/"2"' });
    expect(odd.status).toBe(412);
    const missing = await sendJson(one, 'PUT', '/products/B', withoutSku(shirt('B')), { 'if-match': '*' });
    expect(missing.status).toBe(412);
  });

  test('a merge patch changes what it names, and null takes out what a product can do without', async () => {
    const bench = await newBench();
    const service = await bench.start();
    await sendJson(service, 'POST', '/products', shirt('A'));
    const patched = await sendJson(
      service,
      'PATCH',
      '/products/A',
      { description: null, tags: null, name: 'Blouse' },
      { 'content-type': 'application/merge-patch+json' },
    );
    expect([patched.status, patched.body]).toEqual([
      200,
      expect.objectContaining({ name: 'Blouse', description: '', tags: [], unitPrice: '39.90', revision: 2 }),
    ]);
    const same = await sendJson(service, 'PATCH', '/products/A', { name: 'Blouse' });
    expect([same.status, same.body.revision]).toEqual([200, 2]);
    const wrong = await sendJson(service, 'PATCH', '/products/A', { name: null, sku: 'B', unitPrice: '-1' });
    expect([wrong.status, wrong.body.errors.map(({ path }: { path: string }) => path)]).toEqual([
      422,
      ['/name', '/sku', '/unitPrice'],
    ]);
    expect((await sendJson(service, 'PATCH', '/products/NONE', { name: 'x' })).status).toBe(404);
  });

  test('a discontinued product stays readable, leaves the list, and comes back by a change', async () => {
    const bench = await newBench();
    const service = await bench.start();
    await sendJson(service, 'POST', '/products', shirt('A'));
    const gone = await sendJson(service, 'DELETE', '/products/A');
    expect([gone.status, gone.body.state, gone.body.revision]).toEqual([200, 'discontinued', 2]);
    expect((await sendJson(service, 'DELETE', '/products/A')).body.revision).toBe(2);
    expect((await send(service, 'GET', '/products/A')).body.state).toBe('discontinued');
    expect((await send(service, 'GET', '/products')).body.products).toEqual([]);
    expect((await send(service, 'GET', '/products?state=all')).body.products).toHaveLength(1);
    expect((await sendJson(service, 'DELETE', '/products/NONE')).status).toBe(404);
    await sendJson(service, 'PATCH', '/products/A', { state: 'active' });
    expect((await send(service, 'GET', '/products')).body.products).toHaveLength(1);
  });

  test('lists pages by sku, by tag and by words, whatever marks are typed', async () => {
    const bench = await newBench();
    const service = await bench.start();
    const made = [
      shirt('A', { name: 'Blue café shirt' }),
      shirt('B', { name: 'Green shirt', tags: ['linen'] }),
      shirt('C', { name: 'Hat OR cap', description: 'a 100% felt hat*', tags: ['felt', 'formal'] }),
    ];
    for (const each of made) await sendJson(service, 'POST', '/products', each);
    const found = async (query: string): Promise<string> => {
      const { status, body } = await send(service, 'GET', `/products?${query}`);
      expect(status).toBe(200);
      return body.products.map(({ sku }: { sku: string }) => sku).join('');
    };
    const first = (await send(service, 'GET', '/products?limit=2')).body;
    expect([first.products.length, first.next]).toEqual([2, 'B']);
    expect(await found('limit=2&after=B')).toBe('C');
    expect(await found('tag=formal')).toBe('AC');
    expect(await found('search=SHIR')).toBe('AB');
    expect(await found('search=cafe')).toBe('A');
    expect(await found('search=shirt&tag=linen')).toBe('B');
    expect(await found('search=blue+shirt')).toBe('A');
    for (const [typed, skus] of [
      ['hat OR green', ''], // a word like any other
      ['OR', 'C'],
      ['NOT', ''],
      ['"', ''],
      ['"blue"', 'A'],
      ['hat*', 'C'],
      ['100%', 'C'],
      ['name:blue', ''],
      ["'; DROP TABLE products; --", ''],
      ['(', ''],
      ['NEAR(blue shirt)', ''],
      ['-- ^ { }', ''],
      ['bl\u0000shir', 'A'],
    ] as const)
      expect([typed, await found(`search=${encodeURIComponent(typed)}`)]).toEqual([typed, skus]);
    // a change is found under its new words only
    await sendJson(service, 'PATCH', '/products/A', { name: 'Red coat', tags: ['wool'] });
    expect([await found('search=blue'), await found('search=coat'), await found('tag=wool')]).toEqual([
      '',
      'A',
      'A',
    ]);
  });

  test('what does not fit is refused with all that is wrong, and leaves nothing behind', async () => {
    const bench = await newBench();
    const service = await bench.start();
    const wrong = await sendJson(service, 'POST', '/products', {
      sku: 'A',
      name: '',
      unitPrice: 5,
      currency: 'euro',
      colour: 'red',
    });
    expect(wrong.status).toBe(422);
    expect(wrong.body.errors.map(({ path }: { path: string }) => path).sort()).toEqual([
      '/colour',
      '/currency',
      '/name',
      '/unitPrice',
    ]);
    const odd = await sendJson(service, 'POST', '/products', shirt('A', { currency: 'XQQ' }));
    expect([odd.status, odd.body.errors[0].path]).toEqual([422, '/currency']);
    expect((await sendJson(service, 'POST', '/products', shirt('..'))).status).toBe(422);
    expect((await send(service, 'GET', '/products/A')).status).toBe(404);
    expect(await readTopic(bench.backing.transport, productTopics.productRequests)).toEqual([]);
  });

  test('an instance that starts later has the whole catalogue, and one that restarts too', async () => {
    const bench = await newBench();
    const one = await bench.start();
    for (const sku of ['A', 'B', 'C']) await sendJson(one, 'POST', '/products', shirt(sku));
    await sendJson(one, 'PATCH', '/products/B', { name: 'Other' });
    const { body } = await send(one, 'GET', '/products');
    await bench.stop(one);
    const later = await bench.start();
    expect((await send(later, 'GET', '/products')).body).toEqual(body);
    const changed = await sendJson(later, 'PATCH', '/products/B', { name: 'Third' }, { 'if-match': '"2"' });
    expect([changed.status, changed.body.revision]).toEqual([200, 3]);
  });

  test('two instances that start together put the samples in place once: what the warehouse has stock of', async () => {
    const bench = await newBench();
    const [one] = await Promise.all([bench.start('on'), bench.start('on')]);
    await until('the samples', async () => {
      const { body } = await send(one, 'GET', '/products');
      return body.products.length === sampleStock.length;
    });
    const { products } = (await send(one, 'GET', '/products')).body;
    const offered = products.map(({ sku, unitPrice, revision }: Record<string, unknown>) => [
      sku,
      unitPrice,
      revision,
    ]);
    expect(offered).toEqual(
      sampleStock
        .map(({ product, unitPrice }) => [product, unitPrice, 1])
        .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
    );
  });
}

const withoutSku = (product: object): object => {
  const { sku: _, ...rest } = product as { sku: string };
  return rest;
};
