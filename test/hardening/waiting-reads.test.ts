import { afterAll, beforeAll, expect, test } from 'bun:test';
import { RawConnection } from '../platform/http/raw.ts';
import { until } from '../support/until.ts';
import type { HardeningLab } from './lab.ts';
import { send } from './places.ts';
import { startBilling } from './services.ts';

// Reads that wait are bounded in each instance (invariant 7): whoever comes too much is told to come again, and those who
// don't wait are served all the while.

/** As many as the coordinator lets wait for the end of a run. */
const MOST = 500;

let lab: HardeningLab;
const waiting: RawConnection[] = [];
beforeAll(async () => {
  lab = await startBilling();
});
afterAll(async () => {
  for (const each of waiting) each.close();
  await lab.close();
});

async function count(): Promise<number> {
  const text = await (await fetch(`${lab.url('coordinator')}/metrics`)).text();
  return Number(/^coordinator_waiting_requests (\d+)$/m.exec(text)?.[1]);
}

test(`of ${MOST + 1} who wait for a run the last gets 503 and Retry-After; nobody else notices`, async () => {
  const url = lab.url('coordinator');
  // nobody here answers for charges: the run doesn't end
  const period = { from: '2026-11-01', to: '2026-12-01' };
  const run = { runId: 'endless', customerIdentifiers: ['2'], workflowType: 'order-billing', period };
  await send(url, 'POST', run, 202);
  for (let at = 0; at < MOST; at++) {
    const raw = await RawConnection.open(url);
    raw.write('GET /runs/endless?wait=5m HTTP/1.1\r\nHost: localhost\r\n\r\n');
    waiting.push(raw);
  }
  await until('all of them to wait', async () => (await count()) === MOST);
  const refused = await fetch(`${url}/runs/endless?wait=5m`);
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '2']);
  expect(await refused.json()).toMatchObject({ code: 'too-many-waits' });
  expect((await fetch(`${url}/runs/endless`)).status).toBe(200);
  expect(waiting.some(({ isClosed, heard }) => isClosed || heard.startsWith('HTTP/1.1 503'))).toBe(false);
  for (const each of waiting) each.close();
  await until('the places of those who are gone to be free', async () => (await count()) === 0);
});
