// Every text that would do something, in every place where text of others is shown: it does nothing there.
import { describe, expect, test } from 'bun:test';
import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Value } from '@sinclair/typebox/value';
import { createTransport } from 'nodemailer';
import { issueBill } from '../../core/billing/issue-bill.ts';
import { renderBill } from '../../core/billing/render-text.ts';
import { OrderMail, type OutgoingRecord, topicSpecs, topics } from '../../core/mod.ts';
import { writeMail } from '../../core/orders/mail-templates.ts';
import { problemPage } from '../../services/coordinator/dashboard/index.ts';
import { OrdersTable } from '../../services/demo-orders-table.ts';
import { openBacking } from '../../services/platform/bun.ts';
import { readSettings } from '../../services/platform/config.ts';
import { showHistory, showSetting } from '../../services/platform/configuration/command/show.ts';
import { runDeadLetters } from '../../services/platform/dead-letters/command.ts';
import { DocumentFiles } from '../../services/platform/document-files.ts';
import { docsPage } from '../../services/platform/http/docs.ts';
import { HttpProblem } from '../../services/platform/http/problem.ts';
import { messageOf } from '../../services/platform/mail/mail.ts';
import { lineText } from '../../services/platform/operations/search-logs.ts';
import { terminalText } from '../../services/platform/terminal.ts';
import { runTopics } from '../../services/platform/topics/run.ts';
import { table } from '../../services/platform/topics/table.ts';
import { emptyCustomer } from '../core/billing/customers.ts';
import { customer, order, payment } from '../core/orders/mails.ts';
import { hostile, MOVES } from './hostile.ts';

/** Where text stands on lines of ours: what makes them, of a text; as many lines for a hostile one as for a harmless one. */
const lines: Readonly<Record<string, (text: string) => string>> = {
  'a table of a command': (text) => table([{ title: 'GROUP', align: 'left' }], [[text], ['next']]),
  'a line of "bun run logs"': (text) =>
    lineText({
      time: '2026-11-21T09:00:00.000Z',
      level: 'info',
      service: text,
      message: text,
      traceId: text,
      workflowId: text,
      fields: { [text]: text, list: [text] },
    }),
  'a setting': (text) => showSetting(settingOf(text)),
  'a history of settings': (text) => showHistory([changeOf(text)]),
  'a row of the demo': (text) => {
    let shown = '';
    const orders = new OrdersTable([], { write: (more) => (shown += more) }, 1);
    orders.add({ id: text, customerId: text, product: text, quantity: 1, price: text, isPaid: true });
    orders.validated({ orderId: text, checkType: 'FRAUD_CHECK', validationResult: 'FAIL', reasons: [text] });
    orders.ended(text, { state: text, trackingNumber: null, servedBy: text, ms: 1 });
    return shown;
  },
  'the subject of a mail': (text) => writeMail({ ...order, id: text }, payment, customer).subject,
};

for (const [place, show] of Object.entries(lines)) {
  describe(place, () => {
    for (const [what, text] of Object.entries(hostile))
      test(`stands against ${what}`, () => {
        const shown = show(text);
        expect(shown).not.toMatch(MOVES);
        expect(shown.split('\n')).toHaveLength(show('x').split('\n').length);
      });
  });
}

describe('a bill', () => {
  for (const [what, text] of Object.entries(hostile))
    test(`stands against ${what} in every field`, () => {
      const entry = { description: text, quantity: '1', unitPrice: '1.00', taxRate: '19' };
      const address = { lines: [text], postalCode: text, city: text, region: text, country: 'SI' };
      const billed = { ...emptyCustomer, name: text, address, taxId: text, customerIdentifier: text };
      const bill = issueBill(
        { ...billed, subscriptions: [entry], usage: [{ ...entry, unit: text }] },
        { workflowId: text, billDate: '2020-04-15' },
      );
      const shown = renderBill(bill);
      expect(shown).not.toMatch(MOVES);
      // one line says what is due, and it is ours
      expect(shown.split('\n').filter((line) => /^\s*Total due EUR/.test(line))).toHaveLength(1);
    });
});

describe('a mail', () => {
  const composer = createTransport({ streamTransport: true, buffer: true, newline: 'windows' });
  const HEADER =
    /^(Auto-Submitted|From|To|Subject|Message-ID|Date|Content-Transfer-Encoding|MIME-Version|Content-Type): /;
  for (const [what, text] of Object.entries(hostile))
    test(`stands against ${what}`, async () => {
      const said = {
        ...order,
        id: text,
        customerId: text,
        lines: [{ product: text, quantity: 1, price: '1.00' }],
      };
      const { subject } = writeMail(said, payment, { ...customer, name: text });
      for (const words of [subject, text]) {
        const mail = { messageId: `<${text}@x>`, date: order.createdAt, to: text, subject: words, text };
        const { message } = await composer.sendMail(messageOf(mail, 'Requite Shop <shop@requite.example>'));
        const [head = ''] = message.toString().split('\r\n\r\n');
        // folded lines belong to the one before
        for (const line of head.replace(/\r\n[ \t]+/g, ' ').split('\r\n')) expect(line).toMatch(HEADER);
      }
      expect(
        Value.Check(OrderMail, { messageId: '<a@b>', date: order.createdAt, to: text, subject, text }),
      ).toBe(false);
    });
});

describe('a page', () => {
  const pages: Readonly<Record<string, (text: string) => Response>> = {
    'of a problem': pageOfProblem,
    'of the API': docsPage,
  };
  for (const [name, page] of Object.entries(pages))
    for (const [what, text] of Object.entries(hostile))
      test(`${name} stands against ${what}`, async () => {
        const tags = async (shown: string): Promise<string[]> =>
          (await page(shown).text()).match(/<[a-z/!][^>]*>/gi) ?? [];
        expect(await tags(text)).toEqual(await tags('x'));
        expect(page(text).headers.get('content-security-policy')).toContain("default-src '");
      });
});

describe('a file', () => {
  test('is in its directory, whatever its document is called', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'requite-names-'));
    const files = await DocumentFiles.open(join(directory, 'bills'), 'txt');
    for (const text of Object.values(hostile)) expect(await files.write(text, 'a bill')).toBe('written');
    expect(readdirSync(directory)).toEqual(['bills']);
    const names = readdirSync(join(directory, 'bills'));
    expect(names).toHaveLength(Object.keys(hostile).length);
    for (const name of names) expect(name).toMatch(/^[0-9a-f]{64}\.txt$/);
  });
});

describe('a log', () => {
  const logged = (format: string): string =>
    Bun.spawnSync([process.execPath, join(import.meta.dir, 'fixtures/logging.ts'), format]).stdout.toString();
  const texts = Object.values(hostile);

  test('as JSON has one line for each thing said, and the text as it was', () => {
    const all = logged('json').trimEnd();
    expect(all).not.toMatch(MOVES);
    const told = all
      .split('\n')
      .map((line) => JSON.parse(line) as { msg: string; level: string; workflowId: string });
    expect(told).toHaveLength(2 * texts.length);
    expect(told.slice(0, texts.length).map(({ msg }) => msg)).toEqual(texts);
    expect(told.slice(0, texts.length).map(({ workflowId }) => workflowId)).toEqual(texts);
    expect(new Set(told.slice(0, texts.length).map(({ level }) => level))).toEqual(new Set(['info']));
  });

  test('for people has one line for each thing said, and stacks stand in', () => {
    const all = logged('pretty').trimEnd();
    expect(all).not.toMatch(MOVES);
    const begun = all.split('\n').filter((line) => /^\S/.test(line));
    expect(begun).toHaveLength(2 * texts.length);
    for (const line of begun) expect(line).toMatch(/^\[\d\d:\d\d:\d\d\.\d{3}\] (INFO|ERROR)/);
  });
});

describe('a command', () => {
  test('prints topics, records and dead letters that are hostile as text alone', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'requite-shown-'));
    const backing = await openBacking({ dataDir });
    await backing.transport.createTopics(topicSpecs(1));
    await backing.transport.publish(Object.values(hostile).map(letterOf));
    for (const text of Object.values(hostile)) {
      const consumer = await backing.transport.join({ group: text, topics: [topics.deadLetters] });
      await consumer.close();
    }
    await backing.close();
    const settings = readSettings({ DATA_DIR: dataDir }, false);
    let shown = '';
    const add = (text: string): void => {
      shown += terminalText(text);
    };
    const output = { out: add, err: add };
    expect(await runTopics({ name: 'list', all: true, json: false }, settings, output)).toBe(0);
    expect(await runTopics({ name: 'read', topic: topics.deadLetters }, settings, output)).toBe(0);
    const choice = { reason: null, topic: null, after: null, limit: 100, all: true };
    for (const json of [false, true]) await runDeadLetters({ name: 'list', choice, json }, settings, output);
    const place = { partition: 0, offset: 0 };
    await runDeadLetters({ name: 'show', place }, settings, output);
    await runDeadLetters({ name: 'replay', place, dryRun: true, json: false }, settings, output);
    expect(shown).not.toMatch(MOVES);
    expect(shown.split('\n').filter((line) => /^(Total due|Bcc:|\{"level")/.test(line))).toEqual([]);
  });

  test('of JSON means the same once it is shown', () => {
    for (const text of Object.values(hostile))
      expect(JSON.parse(terminalText(JSON.stringify({ [text]: text })))).toEqual({ [text]: text });
  });
});

function pageOfProblem(text: string): Response {
  const request = new Request('http://localhost/ui/x', { headers: { accept: 'text/html' } });
  const page = problemPage(new HttpProblem({ status: 503, code: 'x', detail: text }), request);
  if (page === null) throw new Error('a browser gets a page');
  return page;
}

function letterOf(text: string): OutgoingRecord {
  const headers = {
    'requite-reason': text,
    'requite-detail': text,
    'requite-origin-topic': text,
    [text]: text,
  };
  const origin = { 'requite-origin-partition': '0', 'requite-origin-offset': '0' };
  const value = JSON.stringify({ text });
  return { topic: topics.deadLetters, partition: 0, key: text, value, headers: { ...headers, ...origin } };
}

function settingOf(text: string): Parameters<typeof showSetting>[0] {
  const plain = { service: text, key: text, value: text, default: text, takes: text, description: text };
  const told = { isSet: true, change: 1, by: text, at: text, note: text };
  return { ...plain, ...told, pinned: [{ variable: text, value: text, where: text }] } as never;
}

function changeOf(text: string): Parameters<typeof showHistory>[0][number] {
  return {
    at: text,
    service: text,
    key: text,
    number: 1,
    from: text,
    to: text,
    by: text,
    why: text,
  } as never;
}
