import { afterEach, describe, expect, test } from 'bun:test';
import { BUN_RUN } from '../../../support/own-bun.ts';
import { cleanUp, eventually, newLog, type Running, report, start, started } from '../support.ts';
import { submit } from './submit.ts';

afterEach(cleanUp);

const page = { accept: 'text/html' };

test('an empty house says what to do first, with a command that names where it was reached', async () => {
  const coordinator = await start(await newLog());
  const response = await coordinator.get('/', page);
  const text = await response.text();
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(text).toContain('Nothing has been billed here yet');
  expect(text).toContain(`curl -X POST ${coordinator.url}`);
});

test('a page loads nothing from elsewhere, has nothing inline, and says so to the browser', async () => {
  const coordinator = await start(await newLog());
  const response = await coordinator.get('/', page);
  const text = await response.text();
  const links = [...text.matchAll(/(?:src|href|action)="([^"]*)"/g)].map(([, link]) => link ?? '');
  expect(links.filter((link) => !/^[/#]/.test(link))).toEqual([]);
  expect(text).not.toMatch(/<style|\sstyle=|\son[a-z]+=|<script(?![^>]*src=)/);
  const policy = response.headers.get('content-security-policy') ?? '';
  expect(policy).toStartWith("default-src 'none'");
  expect(policy).not.toContain('unsafe');
  for (const link of links.filter((each) => each.startsWith('/ui/assets/'))) {
    const asset = await coordinator.get(link);
    expect(asset.status).toBe(200);
    expect(asset.headers.get('cache-control')).toContain('immutable');
  }
});

test('browsers find the icon, also where no page of ours names it', async () => {
  const coordinator = await start(await newLog());
  const [, named = ''] =
    /<link rel="icon"[^>]*href="([^"]*)"/.exec(await (await coordinator.get('/', page)).text()) ?? [];
  for (const path of [named, '/favicon.ico']) {
    const icon = await coordinator.get(path);
    expect(icon.headers.get('content-type')).toBe('image/svg+xml');
    expect(await icon.text()).toStartWith('<svg ');
  }
});

test('the form starts a run, once however often it is sent, and leads to its page', async () => {
  const coordinator = await start(await newLog());
  const fields = { customers: '2, 4\n5', billDate: '', key: 'form-1' };
  const first = await submit(coordinator, '/ui/runs', fields);
  expect(first.status).toBe(303);
  const again = await submit(coordinator, '/ui/runs', fields);
  expect(again.headers.get('location')).toBe(first.headers.get('location') ?? '');
  const shown = await (await coordinator.get(first.headers.get('location') ?? '', page)).text();
  expect(shown).toContain('of 3 bills');
  expect((await coordinator.json('/runs')).runs).toHaveLength(1);
});

test('what the form has wrong is said in it, and what was typed is still there', async () => {
  const coordinator = await start(await newLog());
  const response = await submit(coordinator, '/ui/runs', {
    customers: '2',
    billDate: '2026-02-30',
    key: 'k',
  });
  const text = await response.text();
  expect(response.status).toBe(400);
  expect(text).toContain('takes a day of the calendar');
  expect(text).toMatch(/<textarea[^>]*>2<\/textarea>/);
  expect(text).toContain('value="2026-02-30"');
});

test.each(['list', 'file'])('a form that names nobody says so in words of its own: %s', async (who) => {
  const coordinator = await start(await newLog());
  const response = await submit(coordinator, '/ui/runs', { who, customers: ' , ', label: 'May', key: 'k' });
  const text = await response.text();
  expect(response.status).toBe(400);
  expect(text).toMatch(/Nobody is named yet|No file is chosen yet/);
  expect(text).not.toContain('send {');
  expect(text).toContain('value="May"');
});

describe('a form of another site is refused', () => {
  const cases: readonly [string, Readonly<Record<string, string>>][] = [
    ['which the browser says', { 'sec-fetch-site': 'cross-site' }],
    ['of the same domain', { 'sec-fetch-site': 'same-site' }],
    ['by its origin', { origin: 'https://evil.example' }],
    ['without an origin', { origin: 'null' }],
    ['where nothing says where it comes from', {}],
  ];
  for (const [what, headers] of cases)
    test(what, async () => {
      const coordinator = await start(await newLog());
      const response = await submit(coordinator, '/ui/runs', { customers: '2', key: 'k' }, headers);
      expect(response.status).toBe(403);
      expect((await coordinator.json('/runs')).runs).toEqual([]);
    });

  test('and one of ours is taken by its origin where the browser says no more', async () => {
    const coordinator = await start(await newLog());
    const response = await submit(
      coordinator,
      '/ui/runs',
      { customers: '2', key: 'k' },
      { origin: coordinator.url },
    );
    expect(response.status).toBe(303);
  });
});

test('the colours are kept in a cookie, and the way back is one of ours', async () => {
  const coordinator = await start(await newLog());
  const chosen = await submit(coordinator, '/ui/theme', { theme: 'dark', back: '/ui/customers?search=a' });
  expect(chosen.headers.get('location')).toBe('/ui/customers?search=a');
  const [cookie = ''] = (chosen.headers.get('set-cookie') ?? '').split(';');
  const text = await (await coordinator.get('/', { ...page, cookie })).text();
  expect(text).toContain('data-theme="dark"');
  for (const back of [
    '//evil.example',
    '/\\evil.example',
    'https://evil.example',
    '',
    '/\r\nset-cookie: a=b',
  ]) {
    const elsewhere = await submit(coordinator, '/ui/theme', { theme: 'light', back });
    expect(elsewhere.headers.get('location')).toBe('/');
  }
});

test('what is not there is a page for people and a problem document for programs', async () => {
  const coordinator = await start(await newLog());
  for (const path of ['/ui/nothing', '/ui/runs/no-such-run']) {
    const shown = await coordinator.get(path, page);
    expect({ path, status: shown.status }).toEqual({ path, status: 404 });
    expect(shown.headers.get('content-type')).toContain('text/html');
    const told = await coordinator.get(path);
    expect(told.headers.get('content-type')).toBe('application/problem+json');
  }
});

test('without an engine the page says how many bills wait, and what to start', async () => {
  const coordinator = await start(await newLog());
  await coordinator.post({ customerIdentifiers: ['1', '2', '3'] });
  const text = await (await coordinator.get('/', page)).text();
  expect(text).toContain('No billing engine is running: 3 bills wait.');
  expect(text).toMatch(new RegExp(`DATA_DIR=\\S+ ${BUN_RUN}services engine crm<`));
  const { runs } = await coordinator.json('/runs');
  const run = await (await coordinator.get(`/ui/runs/${runs[0].runId}`, page)).text();
  expect(run).toContain('No billing engine is running: 3 bills wait.');
  expect(run).not.toContain('class="pace"');
});

test('a run that has ended with failures looks like one, in the list and on its page', async () => {
  const log = await newLog();
  const coordinator = await start(log);
  await coordinator.post({ customerIdentifiers: ['1'], runId: 'r' });
  await log.publish([
    report('r_1', 1, 'failed', [started, { event: 'failed', error: { code: 'x', message: 'nobody' } }]),
  ]);
  await eventually('the run to end', async () => (await coordinator.json('/runs/r')).ended);
  for (const path of ['/', '/ui/runs/r']) {
    const text = await (await coordinator.get(path, page)).text();
    expect(text).toContain('ended with failures');
    expect(text).toContain('shape is-flawed');
  }
});

test('a run of hostile customers is text', async () => {
  const log = await newLog();
  const coordinator = await start(log);
  const hostile = '"><script>alert(1)</script>';
  await coordinator.post({ customerIdentifiers: [hostile], runId: 'r' });
  await log.publish([
    report(`r_${hostile}`, 1, 'failed', [
      started,
      { event: 'failed', error: { code: hostile, message: hostile } },
    ]),
  ]);
  const text = await (await coordinator.get('/ui/runs/r', page)).text();
  expect(text).not.toContain('<script>');
  expect(text).toContain('&#60;script&#62;');
});

test('a run is paused, resumed and cancelled from its page, which tells who did that; what is refused is said there', async () => {
  const coordinator = await start(await newLog());
  await coordinator.post({ customerIdentifiers: ['1', '2'], runId: 'r' });
  const shown = async (): Promise<string> => await (await coordinator.get('/ui/runs/r', page)).text();
  expect(await shown()).toContain('action="/ui/runs/r/pause"');
  expect((await submit(coordinator, '/ui/runs/r/pause', {})).headers.get('location')).toBe('/ui/runs/r');
  const paused = await shown();
  expect(paused).toContain('action="/ui/runs/r/resume"');
  expect(paused).toContain('<b>Paused</b> by <bdi>anonymous</bdi>');
  await submit(coordinator, '/ui/runs/r/resume', {});
  expect(await shown()).toContain('action="/ui/runs/r/pause"');
  await submit(coordinator, '/ui/runs/r/cancel', {});
  expect(await shown()).not.toContain('action="/ui/runs/r/pause"');
  const refused = await submit(coordinator, '/ui/runs/r/resume', {});
  expect(refused.status).toBe(409);
  expect(await refused.text()).toContain('role="alert"');
});

describe('a file of customers', () => {
  const upload = async ({ url }: Running, file: string): Promise<Response> => {
    const body = new FormData();
    for (const [name, value] of Object.entries({ who: 'file', customers: '', label: 'Of a file', key: 'k' }))
      body.set(name, value);
    body.set('file', new Blob([file], { type: 'text/csv' }), 'customers.csv');
    const headers = { ...page, 'sec-fetch-site': 'same-origin' };
    return await fetch(`${url}/ui/runs`, { method: 'POST', body, headers, redirect: 'manual' });
  };

  test('starts a run with the label of the form', async () => {
    const coordinator = await start(await newLog());
    expect((await upload(coordinator, 'name,customerIdentifier\nAnna,2\nBen,4\n')).status).toBe(303);
    const { runs } = await coordinator.json('/runs');
    expect(runs).toMatchObject([{ label: 'Of a file', count: 2 }]);
  });

  test('that has no such column is complained of, and the choice is kept', async () => {
    const coordinator = await start(await newLog());
    const response = await upload(coordinator, 'name\nAnna\n');
    expect(response.status).toBe(400);
    const text = await response.text();
    expect(text).toContain('there is no column customerIdentifier');
    expect(text).toMatch(/value="file" checked/);
  });
});

test('all customers can’t be billed while there is no CRM: the form says so', async () => {
  const coordinator = await start(await newLog());
  const response = await submit(coordinator, '/ui/runs', { who: 'all', customers: '', key: 'k' });
  expect(response.status).toBe(503);
  expect(await response.text()).toContain('role="alert"');
});
