// A run of all customers: whom the CRM has when it is asked.
import { afterEach, expect, test } from 'bun:test';
import { MemoryJobStore, type MemoryLog, partitionFor, topics } from '../../../core/mod.ts';
import { allCustomers } from '../../../services/coordinator/all-customers.ts';
import { startCrm } from '../../../services/crm/index.ts';
import { CallFailed, type ServiceClient } from '../../../services/platform/calls/index.ts';
import { readSettings } from '../../../services/platform/config.ts';
import { HttpProblem } from '../../../services/platform/http/index.ts';
import { createLogger } from '../../../services/platform/log.ts';
import type { Service } from '../../../services/platform/service.ts';
import { startOn } from '../../support/platform.ts';
import {
  type Body,
  cleanUp,
  eventually,
  newDirectory,
  newLog,
  PARTITIONS,
  type Running,
  start,
} from './support.ts';

let crms: Service[] = [];
afterEach(async () => {
  await cleanUp();
  for (const crm of crms) await crm.stop();
  crms = [];
});

async function crmOn(log: MemoryLog): Promise<Service> {
  const environment = {
    DATA_DIR: newDirectory(),
    CRM_PORT: '0',
    PARTITIONS: String(PARTITIONS),
    LOG_LEVEL: 'silent',
  };
  const settings = readSettings(environment, false);
  const backing = {
    kind: 'embedded',
    description: 'in memory',
    transport: log,
    jobStore: new MemoryJobStore(),
    commit: async () => {
      throw new Error('the CRM has no jobs to commit');
    },
    atomic: false,
    close: async () => {},
  } as const;
  const crm = await startOn(startCrm, { settings, backing, logger: createLogger(settings) });
  crms.push(crm);
  return crm;
}

const startAll = ({ url }: Running, key: string, more: object = {}): Promise<Response> =>
  fetch(`${url}/runs`, {
    method: 'POST',
    body: JSON.stringify({ customers: 'all', ...more }),
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
  });

test('bills all customers of the CRM; a repeat is the same run, whoever has come since', async () => {
  const log = await newLog();
  await crmOn(log);
  const coordinator = await start(log);
  let response = await startAll(coordinator, 'all');
  // it is found once it has announced itself
  await eventually('the CRM is found', async () => {
    if (response.status === 503) response = await startAll(coordinator, 'all');
    return response.status !== 503;
  });
  const reply = (await response.json()) as Body;
  expect([response.status, reply.count]).toEqual([202, 24]);
  const customer = { ...JSON.parse(await firstCustomer(log)), customerIdentifier: 'late' };
  const partition = partitionFor('late', PARTITIONS);
  await log.publish([{ topic: topics.customers, partition, key: 'late', value: JSON.stringify(customer) }]);
  const again = await startAll(coordinator, 'all');
  expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([202, 'true']);
  expect(((await again.json()) as Body).runId).toBe(reply.runId);
  expect((await startAll(coordinator, 'all', { label: 'x' })).status).toBe(409);
  expect(((await (await startAll(coordinator, 'another')).json()) as Body).count).toBe(25);
});

async function firstCustomer(log: MemoryLog): Promise<string> {
  const reader = await log.read({ topics: [topics.customers], from: () => 0 });
  const [record] = await reader.poll({ maxRecords: 1, waitMs: 1_000 });
  await reader.close();
  return String(record?.value);
}

test('without a CRM there is no run, and the answer says why', async () => {
  const log = await newLog();
  const response = await startAll(await start(log), 'all');
  const { code, detail } = (await response.json()) as Body;
  expect([response.status, code]).toEqual([503, 'customers-unavailable']);
  expect(response.headers.get('retry-after')).not.toBeNull();
  expect(detail).toContain('No instance of crm is alive');
  expect(await log.endOffsets(topics.billingRuns)).toEqual([0, 0]);
}, 30_000);

type Answered = (path: string) => unknown;

function answering(answered: Answered): Parameters<typeof allCustomers>[0] {
  const client: ServiceClient = {
    breaker: 'closed',
    call: async (path) => ({ status: 200, headers: new Headers(), servedBy: '', body: answered(path) }),
  };
  return { to: () => client };
}

const problemOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'no problem',
    (error: unknown) => {
      if (error instanceof HttpProblem) return error.code;
      throw error;
    },
  );

test('asks page after page', async () => {
  const asked: string[] = [];
  const all = await allCustomers(
    answering((path) => {
      asked.push(path);
      return path.endsWith('=')
        ? { customerIdentifiers: ['1', 'ä'], next: 'ä' }
        : { customerIdentifiers: ['😀'], next: null };
    }),
  );
  expect(all).toEqual(['1', 'ä', '😀']);
  expect(asked.at(-1)).toBe('/customer-identifiers?limit=10000&after=%C3%A4');
});

const answers: readonly [string, Answered, string][] = [
  ['no customers', () => ({ customerIdentifiers: [], next: null }), 'no-identifiers'],
  ['pages without end', () => ({ customerIdentifiers: ['1'], next: '1' }), 'customers-unavailable'],
  ['something else', () => ({ customers: [] }), 'customers-unavailable'],
  [
    'an identifier that no run takes',
    () => ({ customerIdentifiers: ['x'.repeat(200)], next: null }),
    'invalid-identifier',
  ],
  [
    'nothing',
    () => {
      throw new CallFailed('crm', 'timeout', 'crm did not answer');
    },
    'customers-unavailable',
  ],
];
for (const [name, answered, code] of answers) {
  test(`a CRM that answers ${name}: ${code}`, async () => {
    expect(await problemOf(allCustomers(answering(answered)))).toBe(code);
  });
}
