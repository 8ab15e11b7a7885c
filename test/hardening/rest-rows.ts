// A row of a route: sends its request, and sees that it was refused as said, that nothing was written, and that the service
// goes on.
import { expect } from 'bun:test';
import { orderTopics, productTopics, topics } from '../../core/mod.ts';
import { sampleCustomers } from '../../services/crm/samples.ts';
import { expand, inputOf, type Names } from './inputs.ts';
import type { HardeningLab } from './lab.ts';
import { apiOrder } from './places.ts';
import type { Row } from './table.ts';

interface Route {
  readonly method: string;
  readonly service: string;
  readonly path: string;
}

/** What each route takes. */
export const GOOD_BODIES: Readonly<Record<string, (id: string) => unknown>> = {
  'coordinator /': (runId) => ({ runId, customerIdentifiers: ['1'] }),
  'coordinator /runs': (runId) => ({ runId, customerIdentifiers: ['1'] }),
  'crm /customers': (customerIdentifier) => ({ ...sampleCustomers[1], customerIdentifier }),
  'orders-service /v1/orders': apiOrder,
  'orders-service /api/orders': (id) => ({
    id,
    customerId: id,
    lines: [{ sku: 'JUMPERS', quantity: 1, price: '5.00' }],
  }),
  'product-service /products': (sku) => ({ sku, name: 'x', unitPrice: '1.00', currency: 'EUR' }),
};

/** Where requests of ours write: whatever is refused, or only reads, leaves all of them as they were. */
const WRITTEN: readonly string[] = [
  topics.billingRuns,
  topics.workflowCommands,
  topics.workflowQueue,
  topics.customers,
];
const WRITTEN_ORDERS: readonly string[] = [
  orderTopics.orderRequests,
  orderTopics.warehouseInventory,
  orderTopics.inventoryAdjustments,
  productTopics.productRequests,
];

const BILLING: readonly string[] = ['coordinator', 'crm'];

/** The route that a row's `where` names; null where it names a topic. */
export function routeOf({ where }: Row): Route | null {
  const [, method = '', service = '', path = ''] = /^([A-Z]+) (\S+) (\/.*)$/.exec(where) ?? [];
  return method === '' ? null : { method, service, path };
}

export const isOfBilling = ({ service }: Route): boolean => BILLING.includes(service);

export async function tryRestRow(row: Row, route: Route, lab: HardeningLab, names: Names): Promise<void> {
  const { method, service, path } = route;
  const own = `row-${row.id}`;
  const url = `${lab.url(service)}${expand(path, names)}`;
  const before = await written(lab, route);
  const response = await fetch(url, { method, ...bodyOf(row, route, { ...names, id: own }) });
  const text = await response.text();
  const [, status, code, at] = /^(\d{3}) (\S+)(?: at (\S+))?$/.exec(row.expected) ?? [];
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const problem = JSON.parse(text) as {
    readonly code: string;
    readonly detail: string;
    readonly errors?: readonly { readonly path: string }[];
  };
  expect({ status: response.status, code: problem.code }).toEqual({
    status: Number(status),
    code: code ?? '',
  });
  if (at !== undefined) expect(problem.errors?.[0]?.path).toBe(at);
  expect(problem.detail.length).toBeGreaterThan(20);
  expect(text).not.toMatch(/\.ts\b|node_modules|\s+at \w+ \(|\/(work|home|tmp)\//);
  expect(await written(lab, route)).toEqual(before);
  expect((await fetch(`${lab.url(service)}/health/live`)).status).toBe(200);
}

function bodyOf(row: Row, { service, path }: Route, names: Names): RequestInit {
  const [input = '', ...how] = row.input;
  const headers = new Headers({ 'content-type': 'application/json' });
  for (const option of how) {
    const [, name = '', value = ''] = /^header:([^=]+)=(.*)$/s.exec(option) ?? [];
    headers.set(name, value);
  }
  if (input === 'none') return how.length === 0 ? {} : { headers };
  const good = GOOD_BODIES[`${service} ${path}`];
  const value = inputOf(input, () => (good === undefined ? {} : good(names.id ?? '')), names);
  return { headers, body: value as string };
}

function written(lab: HardeningLab, route: Route): Promise<readonly (readonly number[])[]> {
  const all = isOfBilling(route) ? WRITTEN : WRITTEN_ORDERS;
  return Promise.all(all.map((topic) => lab.backing.transport.endOffsets(topic)));
}
