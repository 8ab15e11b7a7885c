import { afterAll, beforeAll, expect, test } from 'bun:test';
import { MAX_RUN_SIZE, type MemoryLog, topics } from '../../../core/mod.ts';
import { type Body, cleanUp, newLog, type Running, start } from './support.ts';

type Sent = string | Uint8Array<ArrayBuffer> | FormData | ReadableStream<Uint8Array>;

let log: MemoryLog;
let coordinator: Running;

beforeAll(async () => {
  log = await newLog();
  coordinator = await start(log);
});
afterAll(cleanUp);

function upload(
  body: Sent,
  query = '',
  headers: Readonly<Record<string, string>> = { 'content-type': 'text/csv' },
): Promise<Response> {
  return fetch(`${coordinator.url}/runs${query}`, { method: 'POST', body, headers });
}

const customersOf = (reply: Body): readonly string[] =>
  reply.workflows.map((one: Body) => one.customerIdentifier);

const taken: readonly [string, string | Uint8Array<ArrayBuffer>, readonly string[]][] = [
  ['a column alone', 'customerIdentifier\n1\n3\n', ['1', '3']],
  ['the column among others', 'name,customerIdentifier,city\nAnna,1,Kyiv\nBen,3,Cork\n', ['1', '3']],
  ['its name as spreadsheets have it', 'Customer Identifier\n1\n', ['1']],
  ['its name with underscores', 'customer_identifier\n1\n', ['1']],
  ['a byte order mark, CRLF and no end of the last line', '\ufeffcustomerIdentifier\r\n1\r\n3', ['1', '3']],
  ['empty lines', '\n\ncustomerIdentifier\n\n1\n\n\n3\n\n', ['1', '3']],
  [
    'quoted fields with commas, quotes and line ends',
    'customerIdentifier,note\n"a,b","1st\nline"\n"c ""d""",x\n',
    ['a,b', 'c "d"'],
  ],
  ['text of any script, and spaces as they are', 'customerIdentifier\nЖанна 😀\n 1\n', ['Жанна 😀', ' 1']],
  ['a customer twice', 'customerIdentifier\n7\n8\n7\n', ['7', '8']],
];
for (const [name, csv, customers] of taken) {
  test(`takes ${name}`, async () => {
    const response = await upload(csv);
    const reply = (await response.json()) as Body;
    expect([response.status, customersOf(reply)]).toEqual([202, customers]);
  });
}

test('the options are in the query, and the same content as JSON is the same run', async () => {
  const headers = { 'content-type': 'text/csv; charset=UTF-8', 'idempotency-key': 'csv-or-json' };
  const query = '?label=by%20file&billingPeriod=2026-11';
  const first = await upload('customerIdentifier\n1\n2\n', query, headers);
  expect((await first.json()) as Body).toMatchObject({
    label: 'by file',
    billingPeriod: '2026-11',
    count: 2,
  });
  const body = { customerIdentifiers: ['1', '2'], label: 'by file', billingPeriod: '2026-11' };
  const json = { 'content-type': 'application/json', 'idempotency-key': 'csv-or-json' };
  const again = await upload(JSON.stringify(body), '', json);
  expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([202, 'true']);
});

test('the days of order-billing are an interval', async () => {
  const query = '?workflowType=order-billing&period=2026-11-01/2026-12-01';
  const reply = (await (await upload('customerIdentifier\n1\n', query)).json()) as Body;
  expect(await coordinator.json(`/runs/${reply.runId}`)).toMatchObject({
    workflowType: 'order-billing',
    period: { from: '2026-11-01', to: '2026-12-01' },
  });
});

test('a file comes in a form with the options as fields, before or after it', async () => {
  const form = new FormData();
  form.append('label', 'from a form');
  form.append('billDate', '');
  form.append('file', new File(['customerIdentifier\r\n2\r\n4\r\n'], 'customers.csv'));
  form.append('billingPeriod', '2026-10');
  const response = await upload(form, '', {});
  const reply = (await response.json()) as Body;
  expect([response.status, customersOf(reply)]).toEqual([202, ['2', '4']]);
  expect(reply).toMatchObject({ label: 'from a form', billingPeriod: '2026-10' });
});

test('a form that comes byte by byte, with text before its first part, is read alike', async () => {
  const text = [
    'a word to old readers\r\n--x\r\nContent-Disposition: form-data; name="label"\r\n\r\nslow\r\n',
    '--x\r\ncontent-disposition: form-data; name="file"; filename="c.csv"\r\nContent-Type: text/csv\r\n\r\n',
    'customerIdentifier\r\n-x\r\n--\r\n\r\n--x--\r\nthe end',
  ].join('');
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      if (at === bytes.length) controller.close();
      else controller.enqueue(bytes.subarray(at, ++at));
    },
  });
  const response = await upload(body, '', { 'content-type': 'multipart/form-data; boundary="x"' });
  expect(customersOf((await response.json()) as Body)).toEqual(['-x', '--']);
});

const csv = { 'content-type': 'text/csv' };
const refused: readonly [string, Sent, string, string, number?, Readonly<Record<string, string>>?][] = [
  ['an empty file', '', '', 'invalid-body'],
  ['empty lines alone', '\n\n', '', 'no-identifiers'],
  ['a header alone', 'customerIdentifier\n', '', 'no-identifiers'],
  ['no such column', 'customer\n1\n', '', 'missing-column'],
  ['other separators', 'name;customerIdentifier\nx;1\n', '', 'missing-column'],
  ['the column twice', 'customerIdentifier,customer_identifier\n1,1\n', '', 'missing-column'],
  ['a row with too few columns', 'customerIdentifier,name\n1,x\n2\n', '', 'invalid-csv'],
  ['a quote that is not closed', 'customerIdentifier\n"1\n2\n', '', 'invalid-csv'],
  ['a quote inside a field', 'customerIdentifier\na"b\n', '', 'invalid-csv'],
  ['a field without end', `customerIdentifier\n${'x'.repeat(70_000)}\n`, '', 'invalid-csv'],
  [
    'bytes that are no UTF-8',
    new Uint8Array([...Buffer.from('customerIdentifier\n'), 0xe4, 0x0a]),
    '',
    'invalid-csv',
  ],
  ['an identifier that is empty', 'customerIdentifier,name\n1,x\n,y\n', '', 'invalid-identifier'],
  ['an identifier of 129 characters', `customerIdentifier\n${'x'.repeat(129)}\n`, '', 'invalid-identifier'],
  ['a control character', 'customerIdentifier\na\u0000b\n', '', 'invalid-identifier'],
  ['a mistyped option', 'customerIdentifier\n1\n', '?lable=x', 'invalid-input', 422],
  ['an option that can not be', 'customerIdentifier\n1\n', '?billingPeriod=2026', 'invalid-billing-period'],
  [
    'another charset',
    'customerIdentifier\n1\n',
    '',
    'unsupported-media-type',
    415,
    { 'content-type': 'text/csv; charset=latin1' },
  ],
  [
    'a compressed file',
    'customerIdentifier\n1\n',
    '',
    'unsupported-media-type',
    415,
    { ...csv, 'content-encoding': 'gzip' },
  ],
  [
    'another media type',
    'customerIdentifier\n1\n',
    '',
    'unsupported-media-type',
    415,
    { 'content-type': 'text/plain' },
  ],
  [
    'options in the query beside JSON',
    '{"customerIdentifiers":["1"]}',
    '?label=x',
    'unexpected-query',
    400,
    { 'content-type': 'application/json' },
  ],
  ['a form without boundary', 'x', '', 'malformed-form', 400, { 'content-type': 'multipart/form-data' }],
  [
    'a form that is cut off',
    '--x\r\nContent-Disposition: form-data; name="label"\r\n\r\nx',
    '',
    'malformed-form',
    400,
    { 'content-type': 'multipart/form-data; boundary=x' },
  ],
  [
    'a form of another site',
    '--x--',
    '',
    'cross-site',
    403,
    { 'content-type': 'multipart/form-data; boundary=x', origin: 'https://elsewhere.example' },
  ],
];
for (const [name, body, query, code, status = 400, headers = csv] of refused) {
  test(`refuses ${name}: ${code}, and nothing is written`, async () => {
    const before = await log.connect().endOffsets(topics.billingRuns);
    const response = await upload(body, query, headers);
    expect([response.status, ((await response.json()) as Body).code]).toEqual([status, code]);
    expect(await log.connect().endOffsets(topics.billingRuns)).toEqual(before);
  });
}

const forms: readonly [string, readonly (readonly [string, string | File])[], string][] = [
  ['no file', [['label', 'x']], 'missing-file'],
  ['a file field in which none was chosen', [['file', new File([], '')]], 'missing-file'],
  [
    'two files',
    [
      ['a', new File(['customerIdentifier\n1'], 'a.csv')],
      ['b', new File(['x'], 'b.csv')],
    ],
    'several-files',
  ],
  [
    'a field twice',
    [
      ['label', 'x'],
      ['label', 'y'],
    ],
    'invalid-form',
  ],
  [
    'a field that there is not',
    [
      ['lable', 'x'],
      ['f', new File(['customerIdentifier\n1'], 'a.csv')],
    ],
    'unknown-field',
  ],
  ['a field without end', [['label', 'x'.repeat(5_000)]], 'invalid-form'],
  [
    'all customers and a file',
    [
      ['customers', 'all'],
      ['f', new File(['customerIdentifier\n1'], 'a.csv')],
    ],
    'invalid-customers',
  ],
];
for (const [name, fields, code] of forms) {
  test(`refuses a form with ${name}: ${code}`, async () => {
    const form = new FormData();
    for (const [field, value] of fields) form.append(field, value);
    const response = await upload(form, '', {});
    expect([response.status, ((await response.json()) as Body).code]).toEqual([400, code]);
  });
}

test('says the line that is wrong, counting those inside quotes and empty ones', async () => {
  const text = 'note,customerIdentifier\n"two\nlines",1\n\nx,\n';
  const { detail } = (await (await upload(text)).json()) as Body;
  expect(detail).toBe('Line 5: the column customerIdentifier is empty.');
});

test('an upload that breaks off leaves no run', async () => {
  const before = await log.connect().endOffsets(topics.billingRuns);
  const gone = new AbortController();
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(Buffer.from('customerIdentifier\n1\n2\n')),
  });
  const sent = fetch(`${coordinator.url}/runs`, { method: 'POST', body, headers: csv, signal: gone.signal });
  gone.abort();
  expect(sent).rejects.toThrow();
  expect((await upload('customerIdentifier\n9\n')).status).toBe(202);
  const after = await log.connect().endOffsets(topics.billingRuns);
  const written = after.reduce((sum, end) => sum + end, 0) - before.reduce((sum, end) => sum + end, 0);
  expect(written).toBe(2);
});

test('a file of more customers than a run takes is refused as soon as that is known', async () => {
  let sent = 0;
  let isLeft = false;
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      const rows = Array.from({ length: 10_000 }, () => `c${sent++}`).join('\n');
      controller.enqueue(Buffer.from(`${sent === 10_000 ? 'customerIdentifier\n' : ''}${rows}\n`));
    },
    cancel: () => {
      isLeft = true;
    },
  });
  const response = await upload(body).catch(() => null);
  // the answer comes while the file is still being sent: a client may see the connection end instead
  if (response !== null) expect(((await response.json()) as Body).code).toBe('too-many-identifiers');
  expect(isLeft || sent > MAX_RUN_SIZE).toBe(true);
  expect(sent).toBeLessThan(3 * MAX_RUN_SIZE);
});
