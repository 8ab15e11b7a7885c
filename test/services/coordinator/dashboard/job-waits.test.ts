import { expect, test } from 'bun:test';
import { jobWaits } from '../../../../services/coordinator/dashboard/components/job-waits.ts';
import type { JobReply } from '../../../../services/coordinator/dashboard/replies.ts';
import { readSettings } from '../../../../services/platform/config.ts';
import { startCommand } from '../../../../services/platform/start-command.ts';

const runtime = { execPath: '/usr/bin/bun', main: '/app/services/main.ts', version: '1.4.5' };

/** What the page of a job says while these services are alive. */
function said(alive: readonly string[], job: Partial<JobReply>): string {
  const instances = alive.map((service) => ({
    service,
    instanceId: service,
    url: null,
    operationsUrl: null,
    pid: 1,
    startedAt: '2026-11-21T10:00:00.000Z',
    version: '1',
    health: 'ready',
    data: {},
  }));
  const asked = { kind: 'answer', step: 0, category: 'customer', since: '2026-11-21T10:00:00.000Z' } as const;
  const whole = { workflowType: 'bill-generation', waitsFor: [asked], ...job } as JobReply;
  const page = jobWaits(whole, null, {
    discovery: { all: () => instances, readiness: () => 'running' },
    now: () => Date.parse('2026-11-21T10:05:00.000Z'),
    starting: startCommand(readSettings({}, false), runtime),
  });
  return (page?.text ?? '').replaceAll(/<[^>]*>/g, '');
}

test('a job whose engine is gone does not wait for the CRM, which may have answered', () => {
  const text = said(['coordinator', 'crm'], {});
  expect(text).toContain('No engine is running.');
  expect(text).toContain('Has asked the CRM who the customer is, on 21 Nov 2026, 10:00 UTC (5 min ago).');
  expect(text).toContain('what was answered meanwhile stands under Messages');
  expect(text).toContain('bun run services engine');
  expect(text).not.toContain('Waits for the CRM');
  expect(text).not.toContain('ready.');
});

test('with an engine it waits for whoever answers', () => {
  expect(said(['engine', 'crm'], {})).toContain('Waits for the CRM to say who the customer is');
  const without = said(['engine'], {});
  expect(without).toContain('No CRM is running.');
  expect(without).toContain('bun run services crm');
  expect(without).not.toContain('engine crm');
});

test('both are started by one command where both are gone', () => {
  const text = said([], {});
  expect(text).toContain('No engine and no CRM is running.');
  expect(text).toContain('bun run services engine crm');
});

test('a job of a host of somebody’s own is not said to need an engine', () => {
  const text = said(['crm'], { workflowType: 'greeting' });
  expect(text).toContain('Waits for the CRM');
  expect(text).not.toContain('No engine');
});
