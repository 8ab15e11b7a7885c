// The pages of jobs and bills, over HTTP.

import { afterEach, expect, test } from 'bun:test';
import {
  issueBill,
  type MemoryLog,
  type OutgoingRecord,
  PREVIEW_NUMBER,
  partitionFor,
  qaIdentifierOf,
  renderBill,
  sha256,
  TEXT_RENDERER,
  topics,
} from '../../../../core/mod.ts';
import { sampleCustomers } from '../../../../services/crm/samples.ts';
import { BUN_RUN } from '../../../support/own-bun.ts';
import {
  asked,
  cleanUp,
  eventually,
  newLog,
  PARTITIONS,
  type Running,
  recordsOn,
  report,
  start,
  started,
} from '../support.ts';

afterEach(cleanUp);

const accept = { accept: 'text/html' };
const error = { code: 'version-missing', message: 'deploy version 7' };

function completed(workflowId: string): OutgoingRecord {
  const [customer] = sampleCustomers;
  if (customer === undefined) throw new Error('there are no sample customers');
  const bill = issueBill(customer, { workflowId, billDate: '2026-11-21' });
  const result = { bill, renderer: TEXT_RENDERER, sha256: sha256(renderBill(bill)) };
  return report(workflowId, 2, 'completed', [
    { event: 'answered', step: 0 },
    { event: 'completed', result },
  ]);
}

async function withJobs(): Promise<{ readonly log: MemoryLog; readonly coordinator: Running }> {
  const log = await newLog();
  const coordinator = await start(log);
  await coordinator.post({
    runId: 'r',
    customerIdentifiers: ['done', 'waits', 'parked', 'failed', 'requested'],
  });
  await log.publish([
    report('r_done', 1, 'waiting', [started, asked]),
    completed('r_done'),
    report('r_waits', 1, 'waiting', [started, asked]),
    report('r_parked', 1, 'parked', [started, { event: 'parked', error }]),
    report('r_failed', 1, 'failed', [
      started,
      { event: 'failed', error: { code: 'no-one', message: 'nobody' } },
    ]),
  ]);
  await eventually('all to be seen', async () => (await coordinator.json('/runs/r')).requested === 1);
  return { log, coordinator };
}

const shown = async ({ get }: Running, path: string): Promise<string> => (await get(path, accept)).text();

async function press({ url }: Running, path: string, site = 'same-origin'): Promise<Response> {
  return await fetch(url + path, {
    method: 'POST',
    headers: { ...accept, 'sec-fetch-site': site, 'content-type': 'application/x-www-form-urlencoded' },
    body: '',
    redirect: 'manual',
  });
}

test('a job tells its story, its trace as a table, and its bill', async () => {
  const { coordinator } = await withJobs();
  const page = await shown(coordinator, '/ui/jobs/r_done');
  for (const said of ['Bill of customer done', 'who the customer is', 'B-r_done', 'ask customer'])
    expect(page).toContain(said);
  const [customer] = sampleCustomers;
  expect(page).toContain(customer?.name ?? '');
  expect(page).toContain('href="/ui/jobs/r_done/messages"');
  expect(page).not.toContain('/ui/jobs/r_done/cancel');
});

test('a job that waits says for what, who is missing, and what starts them here', async () => {
  const { coordinator } = await withJobs();
  await eventually('the coordinator to know who is alive', async () =>
    (await shown(coordinator, '/ui/jobs/r_waits')).includes('No engine and no CRM is running.'),
  );
  expect(await shown(coordinator, '/ui/jobs/r_waits')).toMatch(
    new RegExp(`DATA_DIR=\\S+ ${BUN_RUN}services engine crm<`),
  );
  expect(await shown(coordinator, '/ui/jobs/r_requested')).toContain('Waits for an engine to begin it.');
});

test('an answer that no engine has taken yet is told from one that was', async () => {
  const { log, coordinator } = await withJobs();
  const answer = (workflowId: string): OutgoingRecord => ({
    topic: topics.answers,
    partition: partitionFor(workflowId, PARTITIONS),
    key: workflowId,
    value: JSON.stringify({
      qaIdentifier: qaIdentifierOf({ workflowType: 'bill-generation', workflowId, step: 0 }),
      answer: {},
    }),
  });
  await log.publish([answer('r_waits'), answer('r_done')]);
  expect(await shown(coordinator, '/ui/jobs/r_waits/messages')).toContain('An answer, not taken yet');
  expect(await shown(coordinator, '/ui/jobs/r_done/messages')).not.toContain('not taken yet');
});

test('a parked job is retried by its form; a form of another site is refused, and one that comes too late says why', async () => {
  const { log, coordinator } = await withJobs();
  expect(await shown(coordinator, '/ui/jobs/r_parked')).toContain('deploy version 7');
  expect((await press(coordinator, '/ui/jobs/r_parked/retry', 'cross-site')).status).toBe(403);
  expect(await recordsOn(log, topics.workflowCommands)).toEqual([]);
  const pressed = await press(coordinator, '/ui/jobs/r_parked/retry');
  expect({ status: pressed.status, location: pressed.headers.get('location') }).toEqual({
    status: 303,
    location: '/ui/jobs/r_parked',
  });
  expect(await recordsOn(log, topics.workflowCommands)).toHaveLength(1);
  const late = await press(coordinator, '/ui/jobs/r_done/cancel');
  expect(late.status).toBe(409);
  expect(await late.text()).toContain('can&#39;t be cancelled any more');
});

test('jobs are listed by state, and one is opened by its id', async () => {
  const { coordinator } = await withJobs();
  expect(await shown(coordinator, '/ui/jobs')).toContain('deploy version 7');
  const failed = await shown(coordinator, '/ui/jobs?status=failed');
  expect(failed).toContain('href="/ui/jobs/r_failed"');
  expect(failed).not.toContain('r_parked');
  expect(await shown(coordinator, '/ui/jobs?status=cancelled')).toContain('No job is cancelled.');
  const found = await fetch(`${coordinator.url}/ui/jobs?id=r_waits`, { headers: accept, redirect: 'manual' });
  expect(found.headers.get('location')).toBe('/ui/jobs/r_waits');
  const none = await coordinator.get('/ui/jobs?id=%3Cb%3E', accept);
  expect(none.status).toBe(404);
  expect(await none.text()).toContain('<bdi>&#60;b&#62;</bdi>');
});

test('bills are found by customer, number and job, and each is shown in a frame without scripts that its policy allows', async () => {
  const { coordinator } = await withJobs();
  for (const path of ['/ui/bills', '/ui/bills?by=customer&search=done', '/ui/bills?run=r'])
    expect(await shown(coordinator, path)).toContain('href="/ui/bills/r_done"');
  for (const query of ['by=number&search=B-r_done', 'by=id&search=r_done']) {
    const found = await fetch(`${coordinator.url}/ui/bills?${query}`, {
      headers: accept,
      redirect: 'manual',
    });
    expect(found.headers.get('location')).toBe('/ui/bills/r_done');
  }
  expect(await shown(coordinator, '/ui/bills?by=customer&search=other')).toContain('Nothing found.');
  const page = await coordinator.get('/ui/bills/r_done', accept);
  expect(page.headers.get('content-security-policy')).toContain("frame-src 'self'");
  const text = await page.text();
  const [, source = ''] = /<iframe[^>]*sandbox="allow-same-origin"[^>]*src="([^"]*)"/.exec(text) ?? [];
  const framed = await coordinator.get(source);
  expect(framed.headers.get('content-security-policy')).toContain("frame-ancestors 'self'");
  expect(framed.headers.get('content-security-policy')).toStartWith("default-src 'none'");
  expect(framed.headers.get('x-frame-options')).toBe('SAMEORIGIN');
  expect(await shown(coordinator, '/ui/bills/r_done?as=text')).toContain('Please pay');
});

test('messages are shown as they are, and hostile ones are text', async () => {
  const log = await newLog();
  const coordinator = await start(log);
  const hostile = '"></pre><script>alert(1)</script>';
  await log.publish([
    {
      ...report('j', 1, 'failed', [started, { event: 'failed', error: { code: 'x', message: hostile } }]),
      headers: { 'x-hostile': hostile },
    },
  ]);
  await eventually('the job to be seen', async () => (await coordinator.get('/jobs/j')).status === 200);
  for (const path of ['/ui/jobs/j', '/ui/jobs/j/messages']) {
    const page = await shown(coordinator, path);
    expect(page).not.toContain('<script>alert');
    expect(page).toContain('&#60;script&#62;');
  }
  expect(await shown(coordinator, '/ui/jobs/j/messages')).toContain('Byte for byte');
});

test('a preview is marked as one, with its documents, and is not among the bills', async () => {
  const log = await newLog();
  const coordinator = await start(log);
  const asked = await fetch(`${coordinator.url}/previews`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ customerIdentifiers: ['7'] }),
  });
  const { previewId, previews } = (await asked.json()) as {
    readonly previewId: string;
    readonly previews: readonly { readonly workflowId: string }[];
  };
  const workflowId = previews[0]?.workflowId ?? '';
  const [customer] = sampleCustomers;
  if (customer === undefined) throw new Error('there are no sample customers');
  const bill = { ...issueBill(customer, { workflowId, billDate: '2026-11-21' }), billNumber: PREVIEW_NUMBER };
  const preview = { bill, renderer: TEXT_RENDERER, sha256: sha256(renderBill(bill)) };
  await log.publish([
    report(
      workflowId,
      1,
      'completed',
      [started, { event: 'completed', result: { preview } }],
      'bill-preview',
    ),
  ]);
  await eventually(
    'the preview to be there',
    async () => (await coordinator.json(`/previews/${previewId}`)).ended,
  );
  const page = await shown(coordinator, `/ui/jobs/${workflowId}`);
  expect(page).toContain('Preview for customer 7');
  expect(page).toContain('This is a preview.');
  const [, link = ''] = /href="(\/previews\/[^"]*\.html)"/.exec(page) ?? [];
  expect((await coordinator.get(link)).status).toBe(200);
  expect((await coordinator.json('/bills')).bills).toEqual([]);
});
