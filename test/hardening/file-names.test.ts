import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { orderTopics, partitionFor, topics } from '../../core/mod.ts';
import { sampleCustomers } from '../../services/crm/samples.ts';
import { restoreBills } from '../../services/engine/restore.ts';
import { until } from '../support/until.ts';
import { HardeningLab, PARTITIONS } from './lab.ts';
import { jobIs, putWorkflow, send } from './places.ts';
import { startBilling } from './services.ts';

// Files are named after ids that others choose: none may be written outside of its directory, over another, or under a
// name that a shell or a file manager would read as something else. Invoices are records, not files.

const HOSTILE: readonly string[] = [
  '../../etc/passwd',
  '../bills-of-others/1',
  '/etc/passwd',
  '/',
  '.',
  '..',
  '...',
  '.requite-x.tmp',
  'C:\\windows\\system.ini',
  '\\\\server\\share\\x',
  '..\\..\\x',
  '%2e%2e%2fetc%2fpasswd',
  'a/b/c.txt',
  'bill-\u202etxt.exe',
  '-rf',
  '--help',
  '~root',
  '$(touch pwned)',
  '`touch pwned`',
  'x; rm -rf .',
  'file://etc/passwd',
  'x\u00a0y',
  'é',
  'e\u0301',
  '\u{1f4a3}',
  'x'.repeat(128),
  'CON',
  'bill.txt',
  'x?y*z',
  'a:b',
];

const SAFE = /^[A-Za-z0-9_-]{1,128}$/;

/** Every file below, by its path, but for the log's own, and those of the views. */
function filesBelow(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)))
    .filter((path) => !/^data\/[\w.-]+\.(db|bell)(-\w+)?$|^data\/views\//.test(path))
    .sort();
}

/** The name that a document must have: the id where that is harmless, else its SHA-256. */
const nameOf = (id: string): string => (SAFE.test(id) ? id : createHash('sha256').update(id).digest('hex'));

/** All of them, and none that is still being written. */
function areThere(lab: HardeningLab, expected: readonly string[]): boolean {
  const files = filesBelow(lab.directory);
  return expected.every((path) => files.includes(path)) && !files.some((path) => path.endsWith('.tmp'));
}

describe('bills', () => {
  let lab: HardeningLab;
  beforeAll(async () => {
    lab = await startBilling();
  });
  afterAll(() => lab.close());

  const RUN = 'hostile-run';
  const customerOf = (index: number): string => HOSTILE[index] ?? '';
  const direct = HOSTILE.filter((id) => id !== '.' && id !== '..');
  const inRun = HOSTILE.filter((id) => id.length < 120);

  test('a run of hostile customers, and workflows under hostile ids, end in files of harmless names in one directory', async () => {
    for (const customerIdentifier of HOSTILE)
      await send(`${lab.url('crm')}/customers`, 'POST', { ...sampleCustomers[1], customerIdentifier }, 201);
    expect(customerOf(0)).toBe('../../etc/passwd');
    await send(lab.url('coordinator'), 'POST', { runId: RUN, customerIdentifiers: inRun }, 202);
    for (const id of direct) await putWorkflow(lab, id);
    for (const id of direct) await jobIs(lab, id, 'completed');
    const ids = [...direct, ...inRun.map((customer) => `${RUN}_${customer}`)];
    const expected = ids.map((id) => `data/bills/${nameOf(id)}.txt`).sort();
    expect(new Set(expected).size).toBe(ids.length);
    await until('every bill to have its file', () => areThere(lab, expected));
    expect(filesBelow(lab.directory)).toEqual(expected);
  });

  test('restored elsewhere, they have the same names there, and none lies beside', async () => {
    const elsewhere = join(lab.directory, 'elsewhere', 'bills');
    const before = filesBelow(lab.directory);
    await restoreBills(lab.backing, elsewhere, () => undefined);
    const restored = before.map((path) => path.replace(/^data\/bills/, 'elsewhere/bills'));
    expect(filesBelow(lab.directory)).toEqual([...before, ...restored].sort());
  });

  test('each of these bills is served under its id, percent-encoded, and under no other', async () => {
    for (const id of direct) {
      const response = await fetch(`${lab.url('coordinator')}/bills/${encodeURIComponent(id)}`);
      expect([id, response.status]).toEqual([id, 200]);
    }
    const climbing = await fetch(`${lab.url('coordinator')}/bills/..%2fbills%2f${'x'.repeat(128)}`);
    expect(climbing.status).toBe(404);
  });
});

describe('mails', () => {
  let lab: HardeningLab;
  beforeAll(async () => {
    lab = await HardeningLab.start(['orders-service', 'email-service', 'crm']);
  });
  afterAll(() => lab.close());

  test('mails of orders with hostile ids end in files of harmless names in the outbox', async () => {
    const ids = HOSTILE.filter((id) => id !== '.' && id !== '..');
    for (const id of ids) {
      const order = { id, customerId: '1', product: 'JUMPERS', quantity: 1, price: '5.00' };
      await send(`${lab.url('orders-service')}/v1/orders`, 'POST', order, 201);
      const payment = { id: `payment of ${id}`, orderId: id, ccy: 'EUR', amount: '5.00' };
      const partition = partitionFor(id, PARTITIONS);
      await lab.publish({ topic: orderTopics.payments, partition, key: id, value: JSON.stringify(payment) });
    }
    const expected = ids.map((id) => `data/outbox/${nameOf(`email-${id}`)}.eml`).sort();
    await until('every mail to have its file', () => areThere(lab, expected));
    expect(filesBelow(lab.directory)).toEqual(expected);
    expect(await lab.all(topics.deadLetters)).toEqual([]);
  });
});
