import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import type { HardeningLab } from './lab.ts';
import { jobIs, orders, places, putWorkflow } from './places.ts';
import { isOfBilling, routeOf, tryRestRow } from './rest-rows.ts';
import { startBilling, startOrders } from './services.ts';
import { type Row, readTable } from './table.ts';
import { tryTopicRow } from './topic-rows.ts';

// The table in docs/bad-inputs.md, row by row, on running services (invariants 6, 8 and 9).

const rows = readTable();
/** What rows call these: a workflow that has its bill, one that waits, an order that was VALIDATED. */
const names = { done: 'done', open: 'open', order: 'order' };

const labOf = (row: Row): 'billing' | 'orders' | undefined => {
  const route = routeOf(row);
  if (route === null) return places[row.where]?.lab;
  return isOfBilling(route) ? 'billing' : 'orders';
};

async function tryRow(row: Row, lab: HardeningLab): Promise<void> {
  const route = routeOf(row);
  if (route !== null) return tryRestRow(row, route, lab, names);
  const place = places[row.where];
  if (place === undefined) throw new Error(`row ${row.id}: "${row.where}" is neither a route nor a topic`);
  return tryTopicRow(row, place, lab, names);
}

function suite(kind: 'billing' | 'orders', start: () => Promise<HardeningLab>): void {
  describe(`bad inputs of ${kind}`, () => {
    let lab: HardeningLab;
    beforeAll(async () => {
      lab = await start();
      if (kind === 'orders') return orders(lab, names.order);
      await putWorkflow(lab, names.done);
      await jobIs(lab, names.done, 'completed');
      await putWorkflow(lab, names.open, 'order-billing');
      await jobIs(lab, names.open, 'waiting');
    });
    afterAll(() => lab.close());

    for (const row of rows.filter((each) => labOf(each) === kind))
      test(`${row.id}: ${row.where.slice(0, 60)} answers ${row.what} with ${row.expected}`, () =>
        tryRow(row, lab));

    test('after all of them every service works, and no error went uncaught', () => lab.assertAlive());
  });
}

suite('billing', startBilling);
suite('orders', startOrders);

test('the table has its rows, each with an id of its own, for routes and topics that there are', () => {
  expect(rows.length).toBeGreaterThan(200);
  expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
  expect(rows.filter((row) => labOf(row) === undefined)).toEqual([]);
  for (const topic of Object.keys(places)) expect(rows.some(({ where }) => where === topic)).toBe(true);
});
