import fc from 'fast-check';
import {
  addDemand,
  type Demand,
  FORECAST_ALPHA,
  FORECAST_GRACE_DAYS,
  forecastOf,
} from '../../../core/choreography/forecast.ts';
import {
  type Forecast,
  forecastOrdersFold,
  forecastsFold,
} from '../../../core/choreography/forecast-folds.ts';
import { choreographyTopics } from '../../../core/choreography/topics.ts';
import { assert, test } from '../../harness.ts';
import { FoldBench } from '../view/fold-batch-support.ts';
import { asRead, choreography, NOON, onBus, orderCreated, valuesOf } from './scene.ts';

const { demand, forecasts } = choreographyTopics;

type Order = readonly [day: number, pieces: number];
const demandOf = (orders: readonly Order[]): Demand => {
  let found: Demand | undefined;
  for (const [day, pieces] of orders) found = addDemand(found, day, pieces);
  return found as Demand;
};

/** The same from the whole series of days, without keeping anything: the textbook's formulas. */
function naive(orders: readonly Order[]) {
  const days = orders.map(([day]) => day);
  const [first, latest] = [Math.min(...days), Math.max(...days)];
  const series = Array.from({ length: latest - first + 1 }, (_, at) =>
    orders.filter(([day]) => day === first + at).reduce((sum, [, pieces]) => sum + pieces, 0),
  );
  let level = series[0] ?? 0;
  const errors: { readonly missed: number; readonly of: number }[] = [];
  for (const [at, pieces] of series.entries()) {
    if (at === 0) continue;
    if (at < series.length - 1) errors.push({ missed: Math.abs(pieces - level), of: pieces });
    level = FORECAST_ALPHA * pieces + (1 - FORECAST_ALPHA) * level;
  }
  const mean = (values: readonly number[]): number | null =>
    values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
  const taking = errors.filter(({ of }) => of > 0);
  return {
    forecast: level,
    mae: mean(errors.map(({ missed }) => missed)),
    mape: mean(taking.map(({ missed, of }) => (100 * missed) / of)),
    days: series.length,
  };
}

function assertNear(found: number | null, wanted: number | null): void {
  if (found === null || wanted === null) assert.equal(found, wanted);
  else
    assert.ok(Math.abs(found - wanted) < 1e-5 * Math.max(1, Math.abs(wanted)), `${found} is not ${wanted}`);
}

function assertSame(orders: readonly Order[]): void {
  const found = forecastOf(demandOf(orders));
  const wanted = naive(orders);
  assertNear(found.forecast, wanted.forecast);
  assertNear(found.mae, wanted.mae);
  assertNear(found.mape, wanted.mape);
  assert.equal(found.days, wanted.days);
}

test('a forecast of three days, by hand', () => {
  // 10, then 0.3·20 + 0.7·10 = 13, then 0.3·4 + 0.7·13 = 10.3; the one day that is over and had a forecast missed by 10
  assert.deepEqual(
    forecastOf(
      demandOf([
        [0, 10],
        [1, 15],
        [1, 5],
        [2, 4],
      ]),
    ),
    { forecast: 10.3, mae: 10, mape: 50, days: 3 },
  );
});

test('forecasts and errors are the textbook’s, for whatever days with and without orders', () => {
  const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 1, max: 100 })), {
    minLength: 1,
    maxLength: 60,
  });
  fc.assert(
    fc.property(steps, fc.integer({ min: 0, max: 30_000 }), (found, first) => {
      let day = first;
      const orders = found.map(([step, pieces]): Order => {
        day += step;
        return [day, pieces];
      });
      assertSame(orders);
    }),
  );
});

test('an order within the grace counts as if it had come in time, also before the first day', () => {
  const close = fc.array(
    fc.tuple(fc.integer({ min: 100, max: 100 + FORECAST_GRACE_DAYS }), fc.integer({ min: 1, max: 9 })),
    { minLength: 1, maxLength: 30 },
  );
  fc.assert(fc.property(close, (orders) => assertSame(orders)));
  // a week of disorder, after a month that is closed
  fc.assert(fc.property(close, (orders) => assertSame([[70, 5], [100 + FORECAST_GRACE_DAYS, 1], ...orders])));
});

test('an order that is later than the grace is left out, and counted', () => {
  const before = demandOf([
    [0, 10],
    [30, 10],
  ]);
  const after = addDemand(before, 30 - FORECAST_GRACE_DAYS - 1, 99);
  assert.deepEqual([after.late, forecastOf(after)], [1, forecastOf(before)]);
  assert.equal(addDemand(before, 30 - FORECAST_GRACE_DAYS, 99).late, 0);
});

test('what is kept of a product is bounded by the grace', () => {
  const kept = demandOf(Array.from({ length: 500 }, (_, at): Order => [at, 1]));
  assert.equal(kept.open.length, FORECAST_GRACE_DAYS + 1);
});

const twoLines = orderCreated('1', {
  createdAt: '2026-11-30T08:00:00+01:00',
  lines: [
    { sku: 'CAPS', quantity: 1, price: '1' },
    { sku: 'CAPS', quantity: 2, price: '2' },
  ],
});
const demandRecords = (event: typeof twoLines) =>
  asRead(new FoldBench(forecastOrdersFold(choreography)).run(onBus(event)).records, demand);

test('each product of an order goes to whoever has the product, once, under the day of the order', () => {
  const [record, ...others] = demandRecords(twoLines);
  assert.deepEqual(others, []);
  assert.equal(record?.key, 'CAPS');
  assert.deepEqual(JSON.parse(String(record?.value)), {
    orderId: '1',
    sku: 'CAPS',
    quantity: 3,
    day: Date.UTC(2026, 10, 30) / 86_400_000,
  });
});

test('a time that is more than a day ahead of the log does not make what follows late', () => {
  const [record] = demandRecords({
    ...twoLines,
    data: { ...(twoLines.data as object), createdAt: '9999-01-01T00:00:00Z' },
  });
  assert.equal(
    (JSON.parse(String(record?.value)) as { day: number }).day,
    Date.parse(NOON.slice(0, 10)) / 86_400_000,
  );
});

test('an order counts once, however often it comes', () => {
  const bench = new FoldBench(forecastsFold);
  const [record] = demandRecords(twoLines);
  assert.ok(record);
  const first = valuesOf<Forecast>(bench.run(record).records, forecasts);
  assert.deepEqual(first, [
    {
      sku: 'CAPS',
      day: '2026-12-01',
      forecast: 3,
      mae: null,
      mape: null,
      days: 1,
      alpha: FORECAST_ALPHA,
      late: 0,
    },
  ]);
  assert.deepEqual(valuesOf<Forecast>(bench.run(record, record).records, forecasts), [...first, ...first]);
});
