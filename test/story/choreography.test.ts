import { afterAll, afterEach, describe, expect, test } from 'bun:test';
import {
  choreographyTopics,
  type Forecast,
  type Invoice,
  isTrackingNumber,
  type OrderShipment,
  type PickList,
  TIME_COLUMNS,
  topics,
} from '../../core/mod.ts';
import { type Cluster, describeWithCluster, startCluster } from '../broker/index.ts';
import { ChoreographyLab, type Kind, kinds, type PostedOrder, type Side } from './choreography-lab.ts';

const REST_MS = 240_000;
const TEST_MS = 600_000;
const IN_FLIGHT = 16;
const SKUS = ['JUMPERS', 'UNDERPANTS', 'STOCKINGS', 'BOOTS', 'CAPS'];

let lab: ChoreographyLab | null = null;
let cluster: Cluster | null = null;
afterEach(async () => {
  await lab?.close();
  lab = null;
});
afterAll(() => cluster?.close());

const named = (count: number): string =>
  `${count.toLocaleString('en')} orders through kill -9 of every service at random: five times each, invoices 1 to ${count} without gap or double, one shipment each`;

describe('on the embedded log, two instances of each service', () => {
  test(named(1_000), () => story(1_000), TEST_MS);
});

describeWithCluster('on Kafka, two instances of each service', () => {
  test(
    named(600),
    async () => {
      cluster = await startCluster();
      await story(600, cluster.brokers);
    },
    TEST_MS,
  );
});

async function story(count: number, brokers?: string): Promise<void> {
  const seed = Number(process.env.STORY_SEED ?? Date.now() % 1_000_000);
  console.log(`choreography: STORY_SEED=${seed}`);
  const random = randomOf(seed);
  const orders = Array.from({ length: count }, (_, at) => orderOf(at, random));
  lab = await ChoreographyLab.make(brokers);
  const running = lab;
  await running.startAll();

  // who dies, in which order and on which side is chance; that every kind does is not
  const deaths = shuffled([...kinds, ...kinds.slice(1)], random).map((kind): readonly [Kind, Side] => [
    kind,
    random() < 0.5 ? 'a' : 'b',
  ]);
  for (const [at, [kind, side]] of deaths.entries()) {
    const part = orders.slice((at * count) / deaths.length, ((at + 1) * count) / deaths.length);
    await postThroughDeathOf(running, kind, side, part, random);
  }

  let unfinished = '';
  const isComplete = async (): Promise<boolean> => {
    const rows = await running.rows(running.urls[0]);
    const open = rows.filter((row) => TIME_COLUMNS.some((column) => row[column] === null));
    unfinished = `${count} orders with five times: ${rows.length} rows, ${open.length} of them open: ${JSON.stringify(open[0])}`;
    return rows.length === count && open.length === 0;
  };
  await running.until(() => unfinished, isComplete, REST_MS);
  await expectWhole(running, orders);
}

/** Posts a part of the orders, in the midst of which an instance is killed, and started again. */
async function postThroughDeathOf(
  running: ChoreographyLab,
  kind: Kind,
  side: Side,
  part: readonly PostedOrder[],
  random: () => number,
): Promise<void> {
  const deadly = Math.floor(part.length * (0.2 + 0.6 * random()));
  let next = 0;
  let dying: Promise<void> = Promise.resolve();
  const client = async (): Promise<void> => {
    for (let at = next++; at < part.length; at = next++) {
      if (at === deadly) dying = running.kill(kind, side).then(() => running.start(kind, side));
      await running.post(part[at] as PostedOrder, at);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, client));
  await dying;
}

async function expectWhole(running: ChoreographyLab, orders: readonly PostedOrder[]): Promise<void> {
  const ids = orders.map(({ id }) => id).sort();
  const idsOf = (found: ReadonlyMap<string, unknown>): string[] => [...found.keys()].sort();

  for (const url of running.urls) {
    await running.until(
      () => 'each instance to show the whole table',
      async () =>
        (await running.rows(url)).every((row) => TIME_COLUMNS.every((column) => row[column] !== null)),
      REST_MS,
    );
    const rows = await running.rows(url);
    expect(rows.map(({ ID }) => ID).sort()).toEqual(ids);
  }

  const invoices = await running.values<Invoice>(choreographyTopics.invoices);
  expect(idsOf(invoices)).toEqual(ids);
  expect(severalOf(invoices)).toEqual([]);
  const issued = [...invoices.values()].flatMap(([invoice]) => invoice ?? []);
  for (const year of new Set(issued.map(({ date }) => date.slice(0, 4)))) {
    const numbers = issued.filter(({ date }) => date.startsWith(year)).map(({ number }) => number);
    const wanted = numbers.map((_, at) => `INV-${year}-${String(at + 1).padStart(6, '0')}`);
    expect(numbers.sort()).toEqual(wanted);
  }

  const shipments = await running.values<OrderShipment>(choreographyTopics.shipments);
  expect(idsOf(shipments)).toEqual(ids);
  expect(severalOf(shipments)).toEqual([]);
  const numbers = [...shipments.values()].map(([shipment]) => shipment?.trackingNumber ?? '');
  expect(new Set(numbers).size).toBe(ids.length);
  expect(numbers.filter((number) => !isTrackingNumber(number))).toEqual([]);

  const pickLists = await running.values<PickList>(choreographyTopics.pickLists);
  expect(idsOf(pickLists)).toEqual(ids);
  expect(severalOf(pickLists)).toEqual([]);

  await expectForecasts(running, orders);
  expect(idsOf(await running.values(topics.deadLetters))).toEqual([]);
}

/** Of a run within a day, each product's forecast is what was ordered of it: each order counted once. */
async function expectForecasts(running: ChoreographyLab, orders: readonly PostedOrder[]): Promise<void> {
  const wanted = new Map<string, number>();
  for (const { sku, quantity } of orders.flatMap(({ lines }) => lines))
    wanted.set(sku, (wanted.get(sku) ?? 0) + quantity);
  const latest = async (): Promise<ReadonlyMap<string, Forecast | undefined>> => {
    const found = await running.values<Forecast>(choreographyTopics.forecasts);
    return new Map([...found].map(([sku, all]) => [sku, all.at(-1)]));
  };
  let stand = '';
  await running.until(
    () => `forecasts of all that was ordered: ${stand}`,
    async () => {
      const found = await latest();
      stand = JSON.stringify([...found.values()]);
      // over midnight the days are two, and the sum is in neither
      if ([...found.values()].some((forecast) => forecast?.days !== 1)) return found.size === wanted.size;
      return [...wanted].every(([sku, pieces]) => found.get(sku)?.forecast === pieces);
    },
    REST_MS,
  );
}

/** The keys under which there is more than one thing; the same twice is one. */
function severalOf(found: ReadonlyMap<string, readonly unknown[]>): string[] {
  const several = [...found].filter(([, all]) => new Set(all.map((each) => JSON.stringify(each))).size > 1);
  return several.map(([key]) => key);
}

/** Every tenth without a line. */
function orderOf(at: number, random: () => number): PostedOrder {
  const lines = at % 10 === 9 ? [] : SKUS.filter(() => random() < 0.4);
  return {
    id: `order-${at}`,
    lines: lines.map((sku) => ({
      sku,
      quantity: 1 + Math.floor(random() * 5),
      price: `${Math.floor(random() * 100)}.${String(Math.floor(random() * 100)).padStart(2, '0')}`,
    })),
  };
}

/** A small generator of pseudo-random numbers (mulberry32): the same seed, the same story. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function shuffled<T>(values: readonly T[], random: () => number): T[] {
  return values
    .map((value) => ({ value, at: random() }))
    .sort((one, other) => one.at - other.at)
    .map(({ value }) => value);
}
