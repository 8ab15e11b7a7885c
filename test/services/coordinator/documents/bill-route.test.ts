import { afterEach, expect, test } from 'bun:test';
import { HTML_STYLE, renderBill, renderBillHtml } from '../../../../core/mod.ts';
import { type Body, cleanUp, eventually, newLog, report, start } from '../support.ts';
import { pdfPages } from './reading.ts';
import { billed, billOf, runOfBills } from './run-of-bills.ts';

afterEach(cleanUp);

const typeOf = (response: Response): string =>
  (response.headers.get('content-type') ?? '').split(';')[0] ?? '';

test('a bill is served as its extension says, else as Accept does, else as text', async () => {
  const { get } = await runOfBills(['1']);
  const cases: [path: string, accept: string | null, type: string][] = [
    ['/bills/r_1', null, 'text/plain'],
    ['/bills/r_1', '*/*', 'text/plain'],
    ['/bills/r_1', 'text/html,application/xhtml+xml,*/*;q=0.8', 'text/html'],
    ['/bills/r_1', 'application/pdf', 'application/pdf'],
    ['/bills/r_1', 'application/json', 'application/json'],
    ['/bills/r_1.txt', 'application/json', 'text/plain'],
    ['/bills/r_1.html', 'image/png', 'text/html'],
    ['/bills/r_1.pdf', null, 'application/pdf'],
    ['/bills/r_1.json', 'text/html', 'application/json'],
  ];
  for (const [path, accept, type] of cases) {
    const response = await get(path, accept === null ? {} : { accept });
    expect({ path, accept, status: response.status, type: typeOf(response) }).toEqual({
      path,
      accept,
      status: 200,
      type,
    });
    expect(response.headers.get('vary')).toContain('accept');
  }
});

test('each format has what the bill has', async () => {
  const { get } = await runOfBills(['1']);
  const bill = billOf('r_1');
  expect(await (await get('/bills/r_1.txt')).text()).toBe(renderBill(bill));
  expect(await (await get('/bills/r_1.html')).text()).toBe(renderBillHtml(bill));
  expect(((await (await get('/bills/r_1.json')).json()) as Body).bill).toEqual(bill);
  const pdf = await (await get('/bills/r_1.pdf')).bytes();
  expect((await pdfPages(pdf)).join(' ')).toContain(bill.total.replace(/\B(?=(\d{3})+\.)/g, ','));
  expect(await (await get('/bills/r_1.pdf')).bytes()).toEqual(pdf);
});

test('a client that takes none of the formats is told which there are', async () => {
  const { get } = await runOfBills(['1']);
  const response = await get('/bills/r_1', { accept: 'image/png' });
  const problem: Body = await response.json();
  expect([response.status, problem.code]).toEqual([406, 'not-acceptable']);
  for (const type of ['text/plain', 'text/html', 'application/pdf', 'application/json'])
    expect(problem.detail).toContain(type);
});

test('a workflow-id that ends like an extension is taken as it is written', async () => {
  const { get } = await runOfBills(['1', '1.pdf', '2.json']);
  const written = await get('/bills/r_1.pdf');
  expect([typeOf(written), await written.text()]).toEqual(['text/plain', renderBill(billOf('r_1.pdf', 1))]);
  expect(typeOf(await get('/bills/r_1.pdf.pdf'))).toBe('application/pdf');
  expect(await (await get('/bills/r_2.json.txt')).text()).toBe(renderBill(billOf('r_2.json', 2)));
  expect((await get('/bills/r_2.txt')).status).toBe(404);
});

test('a client that has the document gets a 304, for each format by itself', async () => {
  const { get } = await runOfBills(['1']);
  const tags = new Set<string>();
  for (const extension of ['txt', 'html', 'pdf', 'json']) {
    const path = `/bills/r_1.${extension}`;
    const etag = (await get(path)).headers.get('etag') ?? '';
    expect(etag).toMatch(/^"[^"]+"$/);
    tags.add(etag);
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const response = await get(path, { 'if-none-match': known });
      expect([response.status, await response.text(), response.headers.get('etag')]).toEqual([304, '', etag]);
    }
    expect((await get(path, { 'if-none-match': '"other"' })).status).toBe(200);
  }
  expect(tags.size).toBe(4);
});

test('HEAD answers as GET does, without a body', async () => {
  const { url } = await runOfBills(['1']);
  for (const extension of ['txt', 'html', 'pdf', 'json']) {
    const path = `${url}/bills/r_1.${extension}`;
    const [head, got] = await Promise.all([fetch(path, { method: 'HEAD' }), fetch(path)]);
    const length = (await got.arrayBuffer()).byteLength;
    expect(head.status).toBe(200);
    expect(await head.text()).toBe('');
    for (const name of ['content-type', 'etag', 'vary'])
      expect(head.headers.get(name)).toBe(got.headers.get(name));
    expect(Number(head.headers.get('content-length'))).toBe(length);
  }
});

test('download has a browser save the bill, under a name that is safe', async () => {
  const { get } = await runOfBills(['1', 'a/b']);
  expect((await get('/bills/r_1.pdf')).headers.get('content-disposition')).toBeNull();
  for (const query of ['download', 'download=', 'download=1']) {
    const response = await get(`/bills/r_1.pdf?${query}`);
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="r_1.pdf"');
  }
  const odd = (await get('/bills/r_a%2Fb.html?download')).headers.get('content-disposition');
  expect(odd).toMatch(/^attachment; filename="[0-9a-f]{64}\.html"; filename\*=UTF-8''r_a_b\.html$/);
  expect((await get('/bills/r_1?dwonload')).status).toBe(422);
});

test('the page may use its own style, and nothing else', async () => {
  const { get } = await runOfBills(['1']);
  const policy = (await get('/bills/r_1.html')).headers.get('content-security-policy') ?? '';
  const hash = new Bun.CryptoHasher('sha256').update(HTML_STYLE).digest('base64');
  expect(policy).toStartWith(`default-src 'none'; style-src 'sha256-${hash}';`);
  expect(policy).not.toContain('unsafe');
});

test('a bill that is not the one reported is shown as data alone', async () => {
  const log = await newLog();
  const { get } = await start(log);
  const bill = billOf('r_1');
  await log.publish([
    report('r_1', 1, 'completed', [billed(bill, '0'.repeat(64))]),
    report('r_2', 1, 'completed', [billed(billOf('r_2'), '0'.repeat(64), 'text/0')]),
  ]);
  await eventually('both are seen', async () => (await get('/jobs/r_2')).status === 200);
  await eventually('both are seen', async () => (await get('/jobs/r_1')).status === 200);
  for (const extension of ['txt', 'html', 'pdf']) {
    const response = await get(`/bills/r_1.${extension}`);
    const problem: Body = await response.json();
    expect([response.status, problem.code]).toEqual([500, 'bill-differs']);
  }
  expect((await get('/bills/r_1.json')).status).toBe(200);
  // a text that is made no more: the data are good, so that the other formats are
  expect((await get('/bills/r_2.txt')).status).toBe(500);
  for (const extension of ['html', 'pdf', 'json'])
    expect((await get(`/bills/r_2.${extension}`)).status).toBe(200);
});

test('bills that were reported with one hash are not taken for each other', async () => {
  const log = await newLog();
  const { get } = await start(log);
  const ids = ['x_1', 'x_2'];
  const hash = '0'.repeat(64);
  await log.publish(ids.map((id) => report(id, 1, 'completed', [billed(billOf(id), hash, 'text/0')])));
  for (const id of ids) await eventually('it is seen', async () => (await get(`/jobs/${id}`)).status === 200);
  for (const id of ids)
    expect((await pdfPages(await (await get(`/bills/${id}.pdf`)).bytes())).join(' ')).toContain(`B-${id}`);
});
