// All services in one process, a piece of everything that they do, and then each record on each topic against the document.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type IncomingRecord, partitionFor } from '../../../core/mod.ts';
import { asyncApiDocument } from '../../../services/platform/asyncapi/document.ts';
import { type Backing, openBacking } from '../../../services/platform/backing.ts';
import { createLogger } from '../../../services/platform/log.ts';
import { freePorts } from '../../broker/ports.ts';
import { Processes } from '../../support/processes.ts';
import { readTopic } from '../../support/read-topic.ts';
import { until } from '../../support/until.ts';
import { RecordChecks } from './record-checks.ts';

const PORTS = [
  'COORDINATOR',
  'CRM',
  'ORDERS',
  'PRODUCTS',
  'INVENTORY',
  'NOTIFICATIONS',
  'CONFIGURATION',
  'OPERATIONS',
];

const document = asyncApiDocument({ partitions: 2 });
const checks = new RecordChecks(document);
const directory = mkdtempSync(join(tmpdir(), 'requite-records-'));
const dataDir = join(directory, 'data');
const processes = new Processes(directory);
let urls: Readonly<Record<string, string>> = {};
let log: Backing;

/** Topics on which the run puts nothing; all others must have a record. */
const EMPTY = ['jobs-{group}'];
const addresses = Object.values(document.channels).map(({ address }) => address);
const filled = addresses.filter((address) => !EMPTY.includes(address));

const send = async (service: string, path: string, body: unknown, method = 'POST'): Promise<Response> => {
  const reply = await fetch(`${urls[service]}${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!reply.ok) throw new Error(`${method} ${path} of ${service}: ${reply.status} ${await reply.text()}`);
  return reply;
};

beforeAll(async () => {
  const free = await freePorts(PORTS.length);
  urls = Object.fromEntries(PORTS.map((name, at) => [name, `http://127.0.0.1:${free[at]}`]));
  const ports = Object.fromEntries(PORTS.map((name, at) => [`${name}_PORT`, String(free[at])]));
  const env = { ...ports, DATA_DIR: dataDir, PARTITIONS: '2', LOG_LEVEL: 'info' };
  await processes.start('all', { services: ['all'], env });
  log = await openBacking({ dataDir }, createLogger({ logLevel: 'silent', logFormat: 'json' }));
  await work();
  let empty: readonly string[] = filled;
  await until(
    'a record on each topic',
    async () => {
      processes.assertAlive();
      const ends = await Promise.all(filled.map((topic) => log.transport.endOffsets(topic)));
      empty = filled.filter((_, at) => ends[at]?.every((end) => end === 0));
      return empty.length === 0;
    },
    60_000,
  ).catch((error: unknown) => {
    throw new Error(`nothing came on ${empty.join(', ')}\n${processes.tail()}`, { cause: error });
  });
}, 200_000);

afterAll(async () => {
  await log?.close();
  await processes.close();
  rmSync(directory, { recursive: true, force: true });
});

/** Something of each kind that there is to do. */
async function work(): Promise<void> {
  const publish = (topic: string, key: string, value: string) =>
    log.transport.publish([{ topic, partition: partitionFor(key, 2), key, value }]);
  await send('COORDINATOR', '/', { runId: 'records', customerIdentifiers: ['2', '4', 'nobody'] });
  // long enough to need a release
  const unknown = Array.from({ length: 120 }, (_, at) => `nobody-${at}`);
  await send('COORDINATOR', '/', { runId: 'records-long', customerIdentifiers: unknown });
  const order = { id: 'records-1', customerId: '2', product: 'JUMPERS', quantity: 1, price: '75.00' };
  await send('ORDERS', '/v1/orders', order);
  await send('ORDERS', '/v1/orders', { ...order, id: 'records-2', quantity: -1 });
  await send('ORDERS', '/order', {
    id: 'records-3',
    lines: [{ sku: 'JUMPERS', quantity: 2, price: '75.00' }],
  });
  const payment = { id: 'payment-1', orderId: order.id, ccy: 'EUR', amount: '75.00' };
  await publish('payments', order.id, JSON.stringify(payment));
  await send('INVENTORY', '/inventory/JUMPERS/adjustments', { id: 'records', by: 12 });
  const logLevel = `${urls.CONFIGURATION}/settings/crm/logLevel`;
  await until('the CRM to say what can be set', async () => (await fetch(logLevel)).ok);
  await send('CONFIGURATION', '/settings/crm/logLevel', { value: 'warn' }, 'PUT');
  const command = { 'workflow-type': 'bill-generation', 'workflow-id': 'records_2', command: 'retry' };
  await publish('workflow-commands', 'records_2', JSON.stringify(command));
  await publish('workflow-queue', 'broken', 'not JSON');
  const letter = await until('a dead letter', async () => {
    const reply = await fetch(`${urls.COORDINATOR}/dead-letters`);
    return ((await reply.json()) as { readonly deadLetters: readonly Place[] }).deadLetters[0];
  });
  await send('COORDINATOR', `/dead-letters/${letter.partition}/${letter.offset}/replay`, {});
}

interface Place {
  readonly partition: number;
  readonly offset: number;
}

/** What keeps a record from being any of the topic's messages; nothing where it is one of them. */
function faultsOf({ topic, key, value, headers }: IncomingRecord): readonly string[] {
  // a deletion says all by its key
  if (value === null) return [];
  const parsed: unknown = topic === 'dead-letters' ? value : JSON.parse(String(value));
  const faults = messagesFor(topic, parsed).map((message) => [
    ...checks.faultsOf(message, { value: parsed, headers }),
    ...checks.keyFaultsOf(message, key),
  ]);
  return faults.some((each) => each.length === 0) ? [] : faults.flat();
}

/** A workflow of a type that has a message of its own must be that; so must a question of such a category. */
function messagesFor(topic: string, value: unknown): readonly string[] {
  const { 'workflow-type': type, questionCategory: category } = value as Readonly<Record<string, unknown>>;
  const titles = [`Workflow ${type}`, `Question of category ${category}`];
  const all = checks.messagesOf(topic);
  const own = all.filter((name) => titles.includes(document.components.messages[name]?.title ?? ''));
  return own.length > 0 ? own : all;
}

test('each kind of question and workflow that the run had was held against the message of its own', async () => {
  const held = async (topic: string): Promise<readonly string[]> => {
    const records = (await readTopic(log.transport, topic)).filter(({ value }) => value !== 'not JSON');
    return [...new Set(records.flatMap(({ value }) => messagesFor(topic, JSON.parse(String(value)))))];
  };
  const wanted = {
    'questions-topic': ['CustomerQuestion'],
    'workflow-queue': ['BillGeneration', 'OrderValidationWorkflow', 'OrderEmailWorkflow'],
  };
  // mails begin once order and payment have met
  for (const [topic, names] of Object.entries(wanted))
    await until(`${names.join(', ')} on ${topic}`, async () => {
      const found = await held(topic);
      return names.every((name) => found.includes(name));
    });
});

describe('every record of a run of all services is what the document says', () => {
  for (const topic of filled)
    test(topic, async () => {
      const records = await readTopic(log.transport, topic);
      expect(records.length).toBeGreaterThan(0);
      // the one that is there to be refused
      const sound = records.filter(({ value }) => topic === 'dead-letters' || value !== 'not JSON');
      for (const record of sound)
        expect({ record, faults: faultsOf(record) }).toEqual({ record, faults: [] });
    });
});
