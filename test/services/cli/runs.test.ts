import { afterAll, beforeAll, expect, test } from 'bun:test';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { BUN_RUN } from '../../support/own-bun.ts';
import { jsonLines, Lab } from './lab.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.make();
  await lab.start('lab', ['coordinator', 'engine', 'crm']);
}, 120_000);
afterAll(() => lab.close());

const ALL_WELL = 'A';

test('a run is started and watched to its end; what it made is listed, shown and saved', async () => {
  const run = await lab.requite(['run', '2', '4', '5', '--run-id', ALL_WELL, '--label', 'Three of them']);
  expect(run.status).toBe(0);
  expect(run.out).toContain(`Run ${ALL_WELL}: 3 bills, 0 failed`);
  expect(run.out).toEndWith(
    'All bills in one file: requite bills A --zip bills.zip\nOne of them: requite bill A 2\n',
  );
  // nobody looks at a terminal: plain lines, without anything that moves a cursor
  expect(run.err).toMatch(/^Run A: 3 customers\n/);
  for (const moves of ['\r', '\u001b']) expect(run.err).not.toContain(moves);

  const [listed] = jsonLines((await lab.requite(['runs', '--json'])).out);
  expect(listed).toMatchObject({ runId: ALL_WELL, label: 'Three of them', completed: 3, ended: true });
  expect((await lab.requite(['runs'])).out).toMatch(/^A +ended +3 +3 +0 +0 .*Three of them$/m);
  const shown = await lab.requite(['runs', ALL_WELL, '--json']);
  expect(JSON.parse(shown.out).workflows).toHaveLength(3);

  expect((await lab.requite(['runs', ALL_WELL])).out).toEndWith('A bill of it: requite bill A 2\n');

  const text = await lab.requite(['bill', 'A', '2']);
  expect([text.status, text.out]).toEqual([0, expect.stringContaining('Bäckerei Köhler')]);
  expect(text.out).toBe(readFileSync(`${lab.env.DATA_DIR}/bills/A_2.txt`, 'utf8'));
  expect(await lab.requite(['bill', 'A_2'])).toEqual(text);
  expect(JSON.parse((await lab.requite(['bill', 'A_2', '--json'])).out)).toBeObject();
  expect((await lab.requite(['bill', 'A_2', '--format', 'html'])).out).toContain('<!doctype html>');
  const pdf = lab.file('bill.pdf');
  expect((await lab.requite(['bill', 'A_2', '--out', pdf])).status).toBe(0);
  expect(readFileSync(pdf, 'latin1').slice(0, 5)).toBe('%PDF-');

  const zip = lab.file('bills.zip');
  const saved = await lab.requite(['bills', ALL_WELL, '--zip', zip, '--format', 'text', '--json']);
  expect(JSON.parse(saved.out)).toEqual({ runId: ALL_WELL, file: zip, bytes: readFileSync(zip).length });
  expect(Object.keys(unzipSync(readFileSync(zip)))).toContain('A_2.txt');
  expect(existsSync(`${zip}.part`)).toBe(false);
}, 120_000);

test('--json prints each progress as a line, the last with the end', async () => {
  const { status, out, err } = await lab.requite(['run', '2', '4', '--json']);
  const lines = jsonLines(out);
  expect(status).toBe(0);
  expect(lines.at(-1)).toMatchObject({ count: 2, completed: 2, ended: true });
  expect(lines.slice(0, -1).every(({ ended }) => ended === false)).toBe(true);
  expect(err).not.toContain('Run ');
});

test('the same command with a run-id finds its run; other customers under it are refused', async () => {
  const again = await lab.requite(['run', '2', '4', '5', '--run-id', ALL_WELL, '--label', 'Three of them']);
  expect([again.status, again.out]).toEqual([0, expect.stringContaining('Run A: 3 bills')]);
  const other = await lab.requite(['run', '7', '--run-id', ALL_WELL]);
  expect([other.status, other.out]).toEqual([1, '']);
  expect(other.err).toContain(ALL_WELL);
  expect(other.err).not.toContain('    at ');
});

test('a run with a failed bill ends with 4, and says which and why', async () => {
  const { status, out, err } = await lab.requite(['run', '2', 'nobody', '--run-id', 'B']);
  expect([status, out]).toEqual([4, expect.stringContaining('1 bill, 1 failed')]);
  expect(err).toContain('B_nobody (customer nobody) failed: customer-not-found');
  expect(err).toContain('requite retry B');
  const watched = await lab.requite(['watch', 'B', '--json']);
  expect([watched.status, jsonLines(watched.out)]).toEqual([4, [expect.objectContaining({ failed: 1 })]]);
});

test('what failed is tried again by retry, once its reason is mended', async () => {
  const customer = JSON.parse((await lab.requite(['customers', 'show', '2'])).out);
  const file = lab.file('nobody.json');
  writeFileSync(file, JSON.stringify({ ...customer, customerIdentifier: 'nobody' }));
  expect((await lab.requite(['customers', 'put', file])).out).toBe('1 customer: 1 created, 0 updated\n');
  const retried = await lab.requite(['retry', 'B']);
  expect([retried.status, retried.out]).toEqual([
    0,
    expect.stringContaining('tried again: 1 failed, 0 parked'),
  ]);
  const watched = await lab.requite(['watch', 'B']);
  expect([watched.status, watched.out]).toEqual([0, expect.stringContaining('Run B: 2 bills, 0 failed')]);
}, 60_000);

test('a bill that was tried again, or that another run asked for first, is found by run and customer', async () => {
  const bill = await lab.requite(['bill', 'B', 'nobody', '--json']);
  expect([bill.status, JSON.parse(bill.out).bill.customer.customerIdentifier]).toEqual([0, 'nobody']);
  for (const runId of ['P1', 'P2'])
    expect((await lab.requite(['run', '4', '--billing-period', '2026-10', '--run-id', runId])).status).toBe(
      0,
    );
  const [first, second] = [await lab.requite(['bill', 'P1', '4']), await lab.requite(['bill', 'P2', '4'])];
  expect([first.status, first.out]).toEqual([0, expect.stringContaining('2026-10')]);
  expect(second).toEqual(first);
}, 60_000);

test('what a run advises is written as the run was called, and asks the same coordinator', async () => {
  const env = { npm_command: 'run-script', npm_lifecycle_event: 'requite', COORDINATOR_PORT: '0' };
  const { status, out } = await lab.requite(['run', '2', '--run-id', 'H', '--url', lab.url], env);
  expect(status).toBe(0);
  expect(out).toContain(`: ${BUN_RUN}requite bills H --zip bills.zip --url ${lab.url}\n`);
  expect(out).toEndWith(`: ${BUN_RUN}requite bill H 2 --url ${lab.url}\n`);
}, 60_000);

test('--detach returns at once with what was accepted', async () => {
  const { status, out } = await lab.requite(['run', '1', '--detach', '--json']);
  expect(status).toBe(0);
  const { runId, count } = JSON.parse(out);
  expect(count).toBe(1);
  expect((await lab.requite(['watch', runId])).status).toBe(0);
  const said = await lab.requite(['run', '3', '-d', '--run-id', 'D']);
  expect(said.out).toBe('Run D: 1 customer. To watch it: requite watch D\n');
});

test('a preview shows what would be billed, and bills nothing', async () => {
  const runs = (await lab.requite(['runs', '--json'])).out;
  const text = await lab.requite(['run', '--preview', '4']);
  expect([text.status, text.err]).toEqual([0, '']);
  expect(text.out).toContain('PREVIEW');
  const [first, second] = jsonLines((await lab.requite(['run', '--preview', '2', '4', '--json'])).out);
  expect([first?.customerIdentifier, second?.customerIdentifier]).toEqual(['2', '4']);
  expect(first?.preview).toBeObject();
  const pdf = lab.file('preview.pdf');
  expect((await lab.requite(['run', '--preview', '4', '--out', pdf])).status).toBe(0);
  expect(readFileSync(pdf, 'latin1').slice(0, 5)).toBe('%PDF-');
  const unknown = await lab.requite(['run', '--preview', 'stranger']);
  expect([unknown.status, unknown.out]).toEqual([4, '']);
  expect(unknown.err).toContain('Customer stranger: failed: customer-not-found');
  for (const words of [['--label', 'x'], ['--detach'], ['5', '--out', 'x.txt']])
    expect((await lab.requite(['run', '--preview', '4', ...words])).status).toBe(2);
  expect((await lab.requite(['runs', '--json'])).out).toBe(runs);
}, 60_000);

test('customers come from a CSV file, from standard input, or are all that there are', async () => {
  const file = lab.file('customers.csv');
  writeFileSync(file, '\ufeffcustomerIdentifier,name\r\n2,"Köhler, Bäcker"\r\n\r\n4,Other\r\n');
  const words = ['run', '--csv', file, '--label', 'from a file', '--run-id', 'CSV'];
  const run = await lab.requite(words);
  expect([run.status, run.out]).toEqual([0, expect.stringContaining('Run CSV: 2 bills, 0 failed')]);
  expect(JSON.parse((await lab.requite(['runs', 'CSV', '--json'])).out)).toMatchObject({
    label: 'from a file',
  });
  writeFileSync(file, 'customerIdentifier\n2\n"4\n');
  const broken = await lab.requite(['run', '--csv', file]);
  expect([broken.status, broken.out, broken.err]).toEqual([1, '', expect.stringContaining('Line 3')]);
  const piped = Bun.spawn(
    [process.execPath, 'services/requite.ts', 'run', '--csv', '-', '--json', '--detach'],
    {
      cwd: join(import.meta.dir, '../../..'),
      env: { PATH: process.env.PATH ?? '', ...lab.env },
      stdin: new Blob(['customerIdentifier\n5\n7\n9\n']),
      stdout: 'pipe',
    },
  );
  expect(JSON.parse(await new Response(piped.stdout).text())).toMatchObject({ count: 3 });
  const all = await lab.requite(['run', '--all', '--detach', '--json']);
  const { count } = JSON.parse(all.out);
  expect(count).toBe(jsonLines((await lab.requite(['customers', 'list', '--json'])).out).length);
}, 60_000);

test('what the coordinator refuses ends with 1, its own words, and what to do as commands', async () => {
  expect((await lab.requite(['run', 'unknown', '--run-id', 'F'])).status).toBe(4);
  for (const [words, says] of [
    [['watch', 'nowhere'], 'There is no run of this id'],
    [['runs', 'nowhere'], 'There is no run of this id'],
    [
      ['bill', 'nowhere'],
      'requite runs RUN --json lists those of a run; requite bill RUN CUSTOMER needs none.',
    ],
    [['bill', 'nowhere', '2'], 'There is no run of this id: requite runs lists them.'],
    [['bill', ALL_WELL, 'stranger'], 'Run A has no customer stranger: requite runs A --json lists'],
    [['bill', 'F', 'unknown'], 'There will be no bill, the job failed: customer-not-found'],
    [['bills', 'nowhere', '--zip', lab.file('none.zip')], 'There is no run of this id'],
    [['run', '2', '--bill-date', 'soon'], 'billDate'],
  ] as const) {
    const { status, out, err } = await lab.requite(words);
    expect([words, status, out]).toEqual([words, 1, '']);
    expect(err).toContain(says);
  }
  expect(existsSync(lab.file('none.zip'))).toBe(false);
}, 60_000);

test('a coordinator that is not there ends with 3, and says how to name another', async () => {
  for (const words of [
    ['run', '2'],
    ['runs'],
    ['bill', 'A_2'],
    ['customers', 'list', '--crm-url', 'http://127.0.0.1:1'],
  ]) {
    const { status, out, err } = await lab.requite(words, { REQUITE_URL: 'http://127.0.0.1:1' });
    expect([words, status, out]).toEqual([words, 3, '']);
    expect(err).toMatch(/does not answer/);
    expect(err).toContain('http://127.0.0.1:1');
    expect(err).toContain('requite services');
  }
}, 60_000);

test('customers are listed, shown, and stored from a file', async () => {
  const listed = jsonLines((await lab.requite(['customers', 'list', '--json'])).out);
  expect(listed.length).toBeGreaterThanOrEqual(24);
  const few = await lab.requite(['customers', 'list', '--limit', '2', '--after', '1']);
  expect(few.out.trim().split('\n')).toHaveLength(3);
  const shown = await lab.requite(['customers', 'show', '2']);
  const customer = JSON.parse(shown.out);
  const file = lab.file('customers.jsonl');
  const others = ['91', '92'].map((customerIdentifier) => ({ ...customer, customerIdentifier }));
  writeFileSync(file, `${others.map((each) => JSON.stringify(each)).join('\n')}\n`);
  const stored = await lab.requite(['customers', 'put', file, '--json']);
  expect([stored.status, JSON.parse(stored.out)]).toEqual([0, { created: 2, updated: 0 }]);
  writeFileSync(file, JSON.stringify(others));
  expect((await lab.requite(['customers', 'put', file])).out).toBe('2 customers: 0 created, 2 updated\n');
  writeFileSync(file, JSON.stringify([customer, { name: 'nobody' }]));
  const refused = await lab.requite(['customers', 'put', file]);
  expect([refused.status, refused.err]).toEqual([1, expect.stringContaining('Customer 2 is refused')]);
  writeFileSync(file, 'no JSON\n');
  expect(await lab.requite(['customers', 'put', file])).toMatchObject({ status: 2, out: '' });
}, 60_000);
