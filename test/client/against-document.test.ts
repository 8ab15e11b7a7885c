/**
 * The client and the coordinator's /openapi.json agree: each route of the document has a method of the client or is left
 * out with a reason; what the client sends is in the document.
 *
 * A new route needs an entry in client/routes.ts, a method, and its call in CALLS here; or a line in LEFT_OUT.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { connect, type Requite } from '../../client/mod.ts';
import { routes } from '../../client/routes.ts';
import { clientTypes } from '../../scripts/client-types.ts';
import { cleanUp, newLog, start } from '../services/coordinator/support.ts';
import { ApiDocument } from './document.ts';

/** Routes that no method of the client calls, and why. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  'POST /': 'the older form of POST /runs',
  'GET /health/live': 'for whoever runs the process',
  'GET /health/ready': 'for whoever runs the process',
  'GET /metrics': 'for Prometheus',
};

/** Calls of all methods, each of which sends the request before it. */
const CALLS: readonly (readonly [route: string, call: (requite: Requite) => Promise<unknown>])[] = [
  ['POST /runs', (requite) => requite.start({ customerIdentifiers: ['1'] }, { idempotencyKey: 'k' })],
  ['GET /runs', (requite) => first(requite.runs({ limit: 5 }))],
  ['GET /events', (requite) => first(requite.follow())],
  ['GET /runs/{runId}', (requite) => requite.run('r').get({ limit: 5, after: 5 })],
  ['GET /runs/{runId}', (requite) => first(requite.run('r').workflows())],
  ['GET /runs/{runId}', (requite) => requite.run('r').wait({ timeoutMs: 5 })],
  ['GET /runs/{runId}/events', (requite) => first(requite.run('r').follow())],
  ['GET /runs/{runId}/events', (requite) => first(requite.run('r').events())],
  ['POST /runs/{runId}/pause', (requite) => requite.run('r').pause()],
  ['POST /runs/{runId}/resume', (requite) => requite.run('r').resume()],
  ['POST /runs/{runId}/cancel', (requite) => requite.run('r').cancel()],
  ['POST /runs/{runId}/retry', (requite) => requite.run('r').retry()],
  ['GET /runs/{runId}/history', (requite) => requite.run('r').history({ limit: 5, after: 5 })],
  ['GET /runs/{runId}/bills.zip', (requite) => requite.run('r').bills('txt')],
  ['GET /runs/{runId}/audit', (requite) => requite.run('r').audit({ limit: 5, after: 5 })],
  ['GET /runs/{runId}/audit', (requite) => first(requite.run('r').exceptions())],
  ['GET /bills', (requite) => first(requite.bills({ customer: '1' }))],
  ['GET /bills/{workflowId}', (requite) => requite.bill('w', 'html')],
  ['POST /previews', (requite) => requite.startPreview({ customerIdentifiers: ['1'] })],
  ['GET /previews/{previewId}', (requite) => requite.preview('p', { waitMs: 5 })],
  ['GET /previews/{previewId}/{document}', (requite) => requite.previewedBill('p', 1)],
  ['GET /jobs', (requite) => first(requite.jobs.list('parked'))],
  ['GET /jobs/{workflowId}', (requite) => requite.jobs.get('w')],
  ['GET /jobs/{workflowId}/trace', (requite) => requite.jobs.trace('w')],
  ['GET /jobs/{workflowId}/messages', (requite) => requite.jobs.messages('w')],
  ['POST /jobs/{workflowId}/retry', (requite) => requite.jobs.retry('w')],
  ['POST /jobs/{workflowId}/cancel', (requite) => requite.jobs.cancel('w')],
  ['GET /dead-letters', (requite) => first(requite.deadLetters.list({ reason: 'a', topic: 'b' }))],
  [
    'GET /dead-letters/{partition}/{offset}',
    (requite) => requite.deadLetters.get({ partition: 1, offset: 2 }),
  ],
  [
    'POST /dead-letters/{partition}/{offset}/replay',
    (requite) => requite.deadLetters.replay({ partition: 1, offset: 2 }),
  ],
  ['POST /dead-letters/replay', (requite) => requite.deadLetters.replayMany({ reason: 'a' })],
];

const first = (items: AsyncGenerator<unknown>): Promise<unknown> => items.next();
const nameOf = ({ method, path }: { readonly method: string; readonly path: string }): string =>
  `${method} ${path}`;

let document: ApiDocument;
beforeAll(async () => {
  document = await ApiDocument.of((await start(await newLog())).url);
});
afterAll(cleanUp);

test('each route of the document is in the client, or left out with a reason', () => {
  const covered = [...Object.values(routes).map(nameOf), ...Object.keys(LEFT_OUT)];
  expect([...document.routes.keys()].sort()).toEqual(covered.sort());
});

test('each parameter that the client can send is in the document', () => {
  for (const route of Object.values(routes)) {
    const { parameters = [] } = document.routes.get(nameOf(route)) ?? {};
    const described = parameters.map((each) => `${each.in} ${each.name}`);
    for (const name of route.query) expect(described, nameOf(route)).toContain(`query ${name}`);
    for (const name of route.headers) expect(described, nameOf(route)).toContain(`header ${name}`);
    const holes = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => `path ${name}`);
    expect(described, nameOf(route)).toEqual(expect.arrayContaining(holes));
  }
});

test.each(CALLS)('%s is what the method sends', async (route, call) => {
  const sent: string[] = [];
  const requite = connect('http://coordinator.test/below', {
    retryForMs: 0,
    fetch: async (url, { method = 'GET' }) => {
      sent.push(document.routeOf(method, url.replace('/below', '')));
      throw new Error('this far and no further');
    },
  });
  await call(requite).catch(() => {}); // what it answers is another test's matter
  expect(sent).toEqual([route]);
});

test('each route of the client has a method that sends it', () => {
  const called = new Set(CALLS.map(([route]) => route));
  expect([...called].sort()).toEqual(Object.values(routes).map(nameOf).sort());
});

test('client/types.ts is made of the schemas as they are now', async () => {
  const file = new URL('../../client/types.ts', import.meta.url);
  expect(await Bun.file(file).text()).toBe(await clientTypes()); // else: bun scripts/client-types.ts
});
