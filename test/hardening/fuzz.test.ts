import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { orderTopics, partitionFor, productTopics, topics } from '../../core/mod.ts';
import { until } from '../support/until.ts';
import { changedSomewhere, mutated, Random } from './fuzz-inputs.ts';
import { type HardeningLab, PARTITIONS } from './lab.ts';
import { places } from './places.ts';
import { GOOD_BODIES } from './rest-rows.ts';
import { startBilling, startOrders } from './services.ts';

// Seeded nonsense on every topic and route: whatever it is, it stops nobody, and no answer is a 500.

const SEED = Number(process.env.FUZZ_SEED ?? 20261121);
const RECORDS_EACH = 40;
const REQUESTS_EACH = 15;

/** Topics that nobody but services of ours should write to, and their groups: somebody may all the same. */
const OTHERS: Readonly<Record<'billing' | 'orders', readonly string[]>> = {
  billing: [topics.workflowEvents, topics.configurationChanges, topics.deadLetters],
  orders: [
    orderTopics.orders,
    orderTopics.ordersByCustomer,
    orderTopics.warehouseInventory,
    orderTopics.inventoryRequests,
    orderTopics.inventoryReplies,
    orderTopics.inventoryAdjustments,
    orderTopics.inventoryLevels,
    productTopics.productRequests,
    productTopics.products,
    topics.workflowQueue,
    topics.workflowEvents,
  ],
};

async function fuzzTopics(lab: HardeningLab, kind: 'billing' | 'orders'): Promise<void> {
  const random = new Random(SEED);
  const own = Object.entries(places).filter(([, place]) => place.lab === kind);
  const all = [...own.map(([topic, { good }]) => ({ topic, good })), ...OTHERS[kind].map(strange)];
  for (const { topic, good } of all) {
    const records = Array.from({ length: RECORDS_EACH }, (_, at) => {
      const id = `fuzz-${at}`;
      const key = random.of([id, id, null, '', random.bytes(5), '\u202e/..', 'x'.repeat(300)]);
      const partition = random.of([random.below(PARTITIONS), partitionFor(id, PARTITIONS)]);
      const headers = random.of([{}, {}, { traceparent: 'x' }, { 'requite-moved-from': 'x' }]);
      return { topic, partition, key, value: mutated(good(id), random), headers };
    });
    await lab.publish(...records);
  }
}

const strange = (topic: string) => ({
  topic,
  good: (id: string): unknown => ({
    ...places[topic]?.good(id),
    id,
    'workflow-id': id,
    'workflow-type': 'bill-generation',
    events: [{ event: 'completed', result: {} }],
  }),
});

interface Operation {
  readonly service: string;
  readonly method: string;
  readonly path: string;
  /** Whether it waits for what is not there. */
  readonly waits: boolean;
}

type Described = Readonly<Record<string, { readonly parameters?: readonly { readonly name: string }[] }>>;

async function operationsOf(lab: HardeningLab, service: string): Promise<readonly Operation[]> {
  const response = await fetch(`${lab.url(service)}/openapi.json`);
  const { paths } = (await response.json()) as { paths: Record<string, Described> };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters = [] }]) => ({
      service,
      path,
      method: method.toUpperCase(),
      waits: parameters.some(({ name }) => name === 'timeout'),
    })),
  );
}

const SEGMENTS: readonly [string, ...string[]] = [
  'x',
  '1',
  '%00',
  '%zz',
  '..%2f..',
  '__proto__',
  '%F0%9F%92%A3',
  'a%0Ab',
  'x'.repeat(600),
  '%25',
];
const QUERIES: readonly [string, ...string[]] = [
  '',
  '?limit=1',
  '?limit=-1',
  '?limit=1&limit=2',
  '?after=%00',
  '?after=%F0%9F%92%A3',
  '?__proto__=1',
  '?wait=1ms',
  '?customerId=%00',
  '?sku=%00&sku=x',
  '?=',
  '?%',
];

/** Sends nonsense to the route. Gives what is wrong with the answer, if something is. */
async function fuzzOne(lab: HardeningLab, operation: Operation, random: Random): Promise<string | null> {
  const { service, method, path, waits } = operation;
  const filled = path.replaceAll(/\{\w+\}/g, () => random.of(SEGMENTS));
  const query = random.of(QUERIES);
  const target = waits ? `${filled}${query === '' ? '?' : `${query}&`}timeout=0` : `${filled}${query}`;
  const good = GOOD_BODIES[`${service} ${path}`]?.('fuzz') ?? { stock: 1, id: 'fuzz', by: 1 };
  const hasBody = method !== 'GET' && method !== 'HEAD';
  const body = hasBody ? (mutated(good, random) ?? '') : undefined;
  const type = random.of(['application/json', 'application/json', 'application/json', 'text/plain', 'x/y']);
  const headers = { 'content-type': type, 'if-match': random.of(['*', '"1"', 'x', '\u00ff']) };
  const response = await fetch(`${lab.url(service)}${target}`, { method, headers, body: body as string });
  const text = await textOf(response);
  const { status } = response;
  const isFine = status < 500 || status === 503 || status === 504;
  return isFine && !/\.ts:\d|node_modules/.test(text)
    ? null
    : `${method} ${target} ${status} ${text.slice(0, 300)}`;
}

/** The body; nothing of a stream of events, which does not end. */
async function textOf(response: Response): Promise<string> {
  if (response.headers.get('content-type') !== 'text/event-stream') return response.text();
  await response.body?.cancel();
  return '';
}

async function fuzzRoutes(lab: HardeningLab, services: readonly string[]): Promise<readonly string[]> {
  const random = new Random(SEED);
  const wrong: string[] = [];
  for (const service of services) {
    for (const operation of await operationsOf(lab, service)) {
      for (let times = 0; times < REQUESTS_EACH; times++) {
        const found = await fuzzOne(lab, operation, random);
        if (found !== null) wrong.push(found);
      }
    }
  }
  return wrong;
}

function suite(
  kind: 'billing' | 'orders',
  start: () => Promise<HardeningLab>,
  services: readonly string[],
  goesOn: string,
): void {
  describe(`nonsense for ${kind}, seed ${SEED}`, () => {
    let lab: HardeningLab;
    beforeAll(async () => {
      lab = await start();
    });
    afterAll(() => lab.close());

    test('on every topic: all of it ends somewhere, no partition stops, and what is good goes its way', async () => {
      await fuzzTopics(lab, kind);
      const place = places[goesOn];
      for (let partition = 0; partition < PARTITIONS; partition++) await place?.goesOn(lab, partition);
      await until('no group to be behind', async () => (await lag(lab)) === 0);
      expect((await lab.all(topics.deadLetters)).length).toBeGreaterThan(RECORDS_EACH);
      await lab.assertAlive();
    });

    test('on every route: no answer is a 500, none tells of our insides, and what is good goes its way', async () => {
      expect(await fuzzRoutes(lab, services)).toEqual([]);
      for (let partition = 0; partition < PARTITIONS; partition++)
        await places[goesOn]?.goesOn(lab, partition);
      await lab.assertAlive();
    });
  });
}

/** Records that no group has come to. */
async function lag(lab: HardeningLab): Promise<number> {
  const metric = await lab.platform.metrics.getSingleMetric('group_lag_records')?.get();
  if (metric === undefined || metric.values.length === 0) throw new Error('no lag is measured');
  return metric.values.reduce((sum, { value }) => sum + value, 0);
}

suite('billing', startBilling, ['coordinator', 'crm'], topics.billingRuns);
suite(
  'orders',
  startOrders,
  ['orders-service', 'inventory-service', 'product-service'],
  orderTopics.orderRequests,
);

test('the same seed makes the same nonsense', () => {
  const made = (): unknown[] => {
    const random = new Random(7);
    return Array.from({ length: 50 }, () => changedSomewhere({ a: { b: [1, 'x'] } }, random));
  };
  expect(JSON.stringify(made())).toBe(JSON.stringify(made()));
});
