import { afterEach, expect, test } from 'bun:test';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AnswerError, type Charges, type ChargesQuestion } from '../../../core/mod.ts';
import { startCoordinator } from '../../../services/coordinator/index.ts';
import { sampleCustomers } from '../../../services/crm/samples.ts';
import { startEngine } from '../../../services/engine/index.ts';
import { restoreBills } from '../../../services/engine/restore.ts';
import { openBacking, serveAnswers } from '../../../services/platform/bun.ts';
import { readSettings } from '../../../services/platform/config.ts';
import { createLogger } from '../../../services/platform/log.ts';
import { startOn } from '../../support/platform.ts';
import { until } from '../../support/until.ts';

const logger = createLogger({ logLevel: 'silent', logFormat: 'json' });
const period = { from: '2026-11-01', to: '2026-12-01' };
const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanups.splice(0).reverse()) await cleanUp();
});

/** What the Orders service would answer; for '404' it has an error. */
function chargesOf({ customerIdentifier }: ChargesQuestion): Charges {
  if (customerIdentifier === '404') throw new AnswerError('too-many-charges', 'Ask for a shorter period.');
  const line = { orderId: '17', description: 'JUMPERS', quantity: 2, unitPrice: '12.50', date: '2026-11-03' };
  return { customerIdentifier, lines: [line] };
}

/** Coordinator and engine on one embedded log, with the answers of a CRM and of the orders' ecosystem. */
async function lab() {
  const dataDir = mkdtempSync(join(tmpdir(), 'requite-order-bills-'));
  const settings = readSettings({ DATA_DIR: dataDir, COORDINATOR_PORT: '0', PARTITIONS: '2' }, false);
  const backing = await openBacking(settings);
  cleanups.push(
    async () => rmSync(dataDir, { recursive: true }),
    () => backing.close(),
  );
  const coordinator = await startOn(startCoordinator, { settings, backing, logger });
  const engine = await startOn(startEngine, { settings, backing, logger });
  const answers = await serveAnswers(
    {
      customer: (payload) => ({
        ...sampleCustomers[0],
        customerIdentifier: (payload as { customerIdentifier: string }).customerIdentifier,
      }),
      charges: (payload) => chargesOf(payload as ChargesQuestion),
    },
    { backing, logger },
  );
  cleanups.push(
    () => coordinator.stop(),
    () => engine.stop(),
    () => answers.stop(),
  );
  const url = coordinator.url ?? '';
  const run = async (runId: string, body: object): Promise<void> => {
    const reply = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ runId, ...body }),
    });
    expect(reply.status).toBe(202);
    await until('the run to end', async () => {
      const progress = (await (await fetch(`${url}/runs/${runId}?wait=5s`)).json()) as { ended: boolean };
      return progress.ended;
    });
  };
  const files = (): string[] => readdirSync(settings.billsDir).filter((name) => name.endsWith('.txt'));
  return { settings, backing, url, run, files };
}

test('a run of order-billing becomes bills of orders, beside those of subscriptions, and all are restored', async () => {
  const { settings, backing, url, run, files } = await lab();
  const customerIdentifiers = ['1', '2'];
  await run('orders', { customerIdentifiers, workflowType: 'order-billing', period });
  await run('subscriptions', { customerIdentifiers });
  const names = ['orders_1', 'orders_2', 'subscriptions_1', 'subscriptions_2'].map((name) => `${name}.txt`);
  await until('every file', () => files().length === names.length);
  expect(files().sort()).toEqual(names);
  const text = readFileSync(join(settings.billsDir, 'orders_1.txt'), 'utf8');
  expect(text).toContain('2026-11-03 JUMPERS (order 17)');
  expect(text).toContain('25.00');
  expect(await (await fetch(`${url}/bills/orders_1`)).text()).toBe(text);
  expect(readFileSync(join(settings.billsDir, 'subscriptions_1.txt'), 'utf8')).not.toContain('JUMPERS');
  const anew = join(settings.dataDir, 'restored');
  const noConflict = (id: string): never => {
    throw new Error(`${id} differs`);
  };
  const restored = await restoreBills(backing, anew, noConflict);
  expect(restored).toEqual({ written: 4, unchanged: 0, conflict: 0, refused: 0 });
  expect(readFileSync(join(anew, 'orders_1.txt'), 'utf8')).toBe(text);
}, 60_000);

test('charges that are refused fail the job, and the run tells why', async () => {
  const { url, run, files } = await lab();
  await run('orders', { customerIdentifiers: ['404'], workflowType: 'order-billing', period });
  const job = (await (await fetch(`${url}/jobs/orders_404`)).json()) as { status: string; problem: unknown };
  expect([job.status, job.problem]).toEqual([
    'failed',
    { code: 'too-many-charges', message: 'Ask for a shorter period.' },
  ]);
  expect(files()).toEqual([]);
}, 60_000);
