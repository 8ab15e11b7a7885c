import { Value } from '@sinclair/typebox/value';
import fc from 'fast-check';
import type { Json } from '../../../core/messages/json.ts';
import { partitionFor } from '../../../core/messages/partitioner.ts';
import type { IncomingRecord } from '../../../core/messages/record.ts';
import {
  Product,
  type ProductContent,
  ProductReply,
  type ProductRequest,
} from '../../../core/products/product.ts';
import { productsFold } from '../../../core/products/products-fold.ts';
import { productTopics } from '../../../core/products/topics.ts';
import { foldBatch, readBatch, stateIdsOf } from '../../../core/view/fold-batch.ts';
import { MemoryJobStore } from '../../../core/workflow/memory-store.ts';
import { assert, test } from '../../harness.ts';

const PARTITIONS = 1;
const START_MS = Date.parse('2026-11-21T10:00:00.000Z');

const content = (changes: Partial<ProductContent> = {}): ProductContent => ({
  name: 'Shirt',
  description: '',
  unitPrice: '39.90',
  currency: 'EUR',
  tags: ['cotton'],
  ...changes,
});

let made = 0;
const asked = (sku: string) => ({ requestId: `r-${made++}`, sku });
const create = (sku: string, changes: Partial<ProductContent> = {}): ProductRequest => ({
  ...asked(sku),
  kind: 'create',
  content: content(changes),
});
const change = (sku: string, changes: object, ifMatch?: number | '*'): ProductRequest => ({
  ...asked(sku),
  kind: 'change',
  change: changes,
  ...(ifMatch === undefined ? {} : { ifMatch }),
});

interface Told {
  readonly products: readonly Product[];
  readonly replies: readonly ProductReply[];
  readonly deadLetters: readonly string[];
}

/** The fold over one partition of `product-requests`, batch by batch, with a store. */
class Desk {
  readonly store: MemoryJobStore = new MemoryJobStore();
  readonly #log: IncomingRecord[] = [];
  #next = 0;

  append(...values: readonly unknown[]): void {
    for (const value of values) {
      const offset = this.#log.length;
      const { sku = '' } = value as Partial<ProductRequest>;
      const position = { topic: productTopics.productRequests, partition: 0, offset };
      const timestampMs = START_MS + offset;
      this.#log.push({ ...position, key: sku, value: JSON.stringify(value), headers: {}, timestampMs });
    }
  }

  /** Folds what has come since, or all from `from` on. */
  async fold(from = this.#next): Promise<Told> {
    const batch = readBatch(productsFold, this.#log.slice(from));
    const stored = await this.store.load(stateIdsOf(productsFold, batch));
    const { decided } = foldBatch(productsFold, batch, stored, PARTITIONS);
    const changes = decided.flatMap((each) => (each.change === null ? [] : [each.change]));
    assert.deepEqual(await this.store.save(changes, { allOrNone: true }), []);
    this.#next = this.#log.length;
    const records = decided.flatMap((each) => each.records);
    const on = (topic: string): readonly Json[] =>
      records.flatMap((each) => (each.topic === topic ? [JSON.parse(String(each.value)) as Json] : []));
    for (const record of records)
      assert.equal(record.partition, partitionFor(String(record.key), PARTITIONS));
    return {
      products: on(productTopics.products).map((each) => {
        assert.ok(Value.Check(Product, each));
        return each;
      }),
      replies: on(productTopics.productReplies).map((each) => {
        assert.ok(Value.Check(ProductReply, each));
        return each;
      }),
      deadLetters: records.flatMap(({ headers }) => headers?.['requite-reason'] ?? []),
    };
  }

  async ask(...requests: readonly ProductRequest[]): Promise<Told> {
    this.append(...requests);
    return this.fold();
  }

  async outcomes(...requests: readonly ProductRequest[]): Promise<string[]> {
    return (await this.ask(...requests)).replies.map(({ outcome, revision }) => `${outcome} ${revision}`);
  }
}

test('the first of a sku in log order makes the product, and each other is told', async () => {
  const desk = new Desk();
  const { products, replies } = await desk.ask(create('A'), create('A', { name: 'Other' }), create('B'));
  const at = (offset: number): string => `2026-11-21T10:00:00.00${offset}Z`;
  const rest = { ...content(), state: 'active', revision: 1 };
  assert.deepEqual(products, [
    { sku: 'A', ...rest, createdAt: at(0), updatedAt: at(0) },
    { sku: 'B', ...rest, createdAt: at(2), updatedAt: at(2) },
  ]);
  assert.deepEqual(
    replies.map(({ sku, outcome, revision }) => [sku, outcome, revision]),
    [
      ['A', 'created', 1],
      ['A', 'exists', 1],
      ['B', 'created', 1],
    ],
  );
});

test('what it was created with, or is now, created again is a repeat', async () => {
  const desk = new Desk();
  await desk.ask(create('A'), change('A', { name: 'Blouse' }));
  assert.deepEqual(
    await desk.outcomes(create('A'), create('A', { name: 'Blouse' }), create('A', { name: 'Coat' })),
    ['unchanged 2', 'unchanged 2', 'exists 2'],
  );
});

test('a change is taken only at the revision that it names, and one that changes nothing leaves it', async () => {
  const desk = new Desk();
  const { replies, products } = await desk.ask(
    create('A'),
    change('A', { unitPrice: '5.00' }, 1),
    change('A', { unitPrice: '6.00' }, 1),
    change('A', { unitPrice: '5.00' }, 2),
    change('A', { state: 'discontinued' }, '*'),
    change('NONE', { name: 'x' }),
    change('NONE', { name: 'x' }, '*'),
  );
  assert.deepEqual(
    replies.map(({ outcome, revision }) => `${outcome} ${revision}`),
    ['created 1', 'changed 2', 'stale 2', 'unchanged 2', 'changed 3', 'unknown 0', 'unknown 0'],
  );
  const last = products.at(-1);
  assert.deepEqual([last?.unitPrice, last?.state, last?.revision], ['5.00', 'discontinued', 3]);
});

test('a put makes the product so, whatever it was, or only where there is one', async () => {
  const desk = new Desk();
  const put = (sku: string, name: string, more: object = {}): ProductRequest =>
    ({ ...asked(sku), kind: 'put', content: content({ name }), state: 'active', ...more }) as ProductRequest;
  assert.deepEqual(
    await desk.outcomes(
      put('A', 'one', { ifMatch: '*' }),
      put('A', 'one'),
      put('A', 'one'),
      put('A', 'two', { ifMatch: 1 }),
      put('A', 'three', { ifMatch: 1 }),
      put('A', 'two', { state: 'discontinued' }),
    ),
    ['stale 0', 'created 1', 'unchanged 1', 'changed 2', 'stale 2', 'changed 3'],
  );
});

test('what is no request is set aside, and what no schema names is dropped', async () => {
  const desk = new Desk();
  const halfOfAPair = '\ud800';
  desk.append({ ...create('A'), kind: 'destroy' }, create(halfOfAPair), {
    ...create('B'),
    content: { ...content(), secret: 'x' },
  });
  const { deadLetters, products } = await desk.fold();
  assert.deepEqual(deadLetters, ['invalid-message', 'invalid-message']);
  assert.deepEqual(
    products.map((each) => [each.sku, 'secret' in each]),
    [['B', false]],
  );
});

test('a record that is published twice changes the product once, and is told the same', async () => {
  const desk = new Desk();
  const twice = change('A', { name: 'Blouse' }, 1);
  assert.deepEqual(await desk.outcomes(create('A'), twice, twice), ['created 1', 'changed 2', 'changed 2']);
});

test('whatever comes again after a crash changes nothing and is told the same (invariant 5)', async () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('create' as const), name: fc.constantFrom('a', 'b') }),
    fc.record({
      kind: fc.constant('change' as const),
      name: fc.constantFrom('a', 'b', 'c'),
      ifMatch: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
    }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), fc.nat(), async (steps, cut) => {
      const requests = steps.map((each) =>
        each.kind === 'create'
          ? create('A', { name: each.name })
          : change('A', { name: each.name }, each.ifMatch),
      );
      const straight = await new Desk().ask(...requests);
      const desk = new Desk();
      desk.append(...requests.slice(0, cut % requests.length));
      await desk.fold(); // saved; and then the process ends before anything is published
      desk.append(...requests.slice(cut % requests.length));
      const again = await desk.fold(0);
      const told = new Map(straight.replies.map((each) => [each.requestId, each]));
      for (const reply of again.replies) assert.deepEqual(reply, told.get(reply.requestId));
      // the newest revision is what counts of a product: times are those of the offsets, which are the same
      const newest = (products: readonly Product[]) =>
        [...products].sort((one, other) => other.revision - one.revision)[0];
      assert.deepEqual(newest(again.products), newest(straight.products));
      // who asked last is told, however much there was
      const last = straight.replies.at(-1);
      assert.deepEqual(again.replies.at(-1), last);
    }),
    { numRuns: 200 },
  );
});
