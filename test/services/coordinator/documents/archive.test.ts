import { afterEach, expect, test } from 'bun:test';
import { renderBill, renderBillHtml } from '../../../../core/mod.ts';
import { until } from '../../../support/until.ts';
import { asked, type Body, cleanUp, type Running, started } from '../support.ts';
import { type Unzipped, unzipped } from './reading.ts';
import { billed, billOf, runOfBills } from './run-of-bills.ts';

afterEach(cleanUp);

async function archiveOf(
  { get }: Running,
  query = '',
): Promise<{ bytes: Uint8Array; files: readonly Unzipped[] }> {
  const response = await get(`/runs/r/bills.zip${query}`);
  expect(response.status).toBe(200);
  const bytes = await response.bytes();
  return { bytes, files: unzipped(bytes) };
}

function manifestOf(files: readonly Unzipped[]): Body {
  const last = files.at(-1);
  expect(last?.name).toBe('manifest.json');
  return JSON.parse(last?.text ?? '');
}

test('an archive has the bills of its run in the order of the request, in the format that was asked for', async () => {
  const running = await runOfBills(['2', '1', '10']);
  const names = (extension: string): string[] => ['2', '1', '10'].map((each) => `r_${each}.${extension}`);
  const { files } = await archiveOf(running, '?format=txt');
  expect(files.map(({ name }) => name)).toEqual([...names('txt'), 'manifest.json']);
  expect(files[0]?.text).toBe(renderBill(billOf('r_2', 0)));
  const pages = await archiveOf(running, '?format=html');
  expect(pages.files[2]?.text).toBe(renderBillHtml(billOf('r_10', 2)));
  const data = await archiveOf(running, '?format=json');
  expect(JSON.parse(data.files[0]?.text ?? '').renderer).toBe('text/1');
  const pdfs = await archiveOf(running);
  expect(pdfs.files.map(({ name }) => name)).toEqual([...names('pdf'), 'manifest.json']);
  const alone = await (await running.get('/bills/r_1.pdf')).bytes();
  expect(pdfs.files[1]?.bytes).toEqual(alone);
  expect(manifestOf(pdfs.files)).toMatchObject({ format: 'pdf', renderer: 'pdf/1', count: 3, included: 3 });
});

test('the same run makes the same archive', async () => {
  const running = await runOfBills(['1', '2', '3']);
  const [one, two] = [await archiveOf(running, '?format=html'), await archiveOf(running, '?format=html')];
  expect(two.bytes).toEqual(one.bytes);
});

test('what is missing stands in the manifest, with the reason', async () => {
  const spoilt = billOf('r_5');
  const running = await runOfBills(
    ['1', '2', '3', '4', '5'],
    new Map([
      ['2', ['r_2', 1, 'waiting', [started, asked]]],
      ['3', ['r_3', 1, 'failed', [{ event: 'failed', error: { code: 'no-customer', message: 'nobody' } }]]],
      ['4', [] as never],
      ['5', ['r_5', 1, 'completed', [billed(spoilt, '0'.repeat(64))]]],
    ]),
  );
  const { files } = await archiveOf(running, '?format=txt');
  expect(files.map(({ name }) => name)).toEqual(['r_1.txt', 'manifest.json']);
  const manifest = manifestOf(files);
  expect(manifest).toMatchObject({ runId: 'r', count: 5, included: 1, missing: { count: 4 } });
  expect(manifest.missing.listed.map(({ status, code }: Body) => [status, code])).toEqual([
    ['waiting', 'bill-not-ready'],
    ['failed', 'job-failed'],
    ['requested', 'bill-not-ready'],
    ['completed', 'bill-differs'],
  ]);
  expect(manifest.missing.listed[1].reason).toContain('no-customer (nobody)');
  expect((await archiveOf(running, '?format=json')).files.map(({ name }) => name)).toContain('r_5.json');
});

test('no customer can put a file outside of the directory', async () => {
  const hostile = ['../../up', '/etc/passwd', 'a\\b', '..', 'C:x'];
  const running = await runOfBills(hostile);
  const { files } = await archiveOf(running, '?format=txt');
  for (const { name } of files.slice(0, -1)) expect(name).toMatch(/^[0-9a-f]{64}\.txt$/);
  const { renamed } = manifestOf(files);
  expect(renamed.listed.map(({ workflowId }: Body) => workflowId)).toEqual(
    hostile.map((each) => `r_${each}`),
  );
  expect(renamed.listed.map(({ file }: Body) => file)).toEqual(files.slice(0, -1).map(({ name }) => name));
});

test('a format that there is not, and a run that there is not, are refused', async () => {
  const { get } = await runOfBills(['1']);
  const wrong = await get('/runs/r/bills.zip?format=doc');
  expect([wrong.status, ((await wrong.json()) as Body).code]).toEqual([400, 'invalid-format']);
  const nowhere = await get('/runs/nope/bills.zip');
  expect([nowhere.status, ((await nowhere.json()) as Body).code]).toEqual([404, 'no-such-run']);
});

const MANY = Array.from({ length: 2_000 }, (_, at) => String(at));

test('a run of 2,000 is sent whole, and its client may read as slowly as it likes', async () => {
  const running = await runOfBills(MANY);
  const response = await running.get('/runs/r/bills.zip?format=html');
  const chunks: Uint8Array[] = [];
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk);
    // others are answered meanwhile
    if (chunks.length % 20 === 0) expect((await running.get('/health/live')).status).toBe(200);
  }
  const files = unzipped(Buffer.concat(chunks));
  expect(files).toHaveLength(2_001);
  expect(files[1_999]?.text).toBe(renderBillHtml(billOf('r_1999', 1_999)));
});

test('an archive whose client has gone is made no further, and leaves room for others', async () => {
  const running = await runOfBills(MANY);
  // more than may be made at once, so that one that is not ended would be seen
  for (let round = 0; round < 6; round++) {
    const leaving = new AbortController();
    const response = await until('an archive is begun', async () => {
      const begun = await fetch(`${running.url}/runs/r/bills.zip?format=pdf`, { signal: leaving.signal });
      return begun.status === 200 && begun;
    });
    await response.body?.getReader().read();
    leaving.abort();
  }
  const after = await until('there is room', async () => {
    const response = await running.get('/runs/r/bills.zip?format=txt');
    return response.status === 200 && response.bytes();
  });
  expect(after.byteLength).toBeGreaterThan(100_000);
});

test('of archives that nobody reads, only a few are begun', async () => {
  const running = await runOfBills(MANY);
  const leaving = new AbortController();
  const open = await Promise.all(
    Array.from({ length: 5 }, () =>
      fetch(`${running.url}/runs/r/bills.zip?format=pdf`, { signal: leaving.signal }),
    ),
  );
  expect(open.map(({ status }) => status).toSorted()).toEqual([200, 200, 200, 200, 503]);
  leaving.abort();
});
