import { afterEach, describe, expect, test } from 'bun:test';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { topics } from '../../../core/mod.ts';
import { describeWithBroker } from '../../broker/index.ts';
import { until } from '../../support/until.ts';
import { EmailBench, orderOf, orderRecord, paymentOf, paymentRecord } from './support.ts';

const ids = Array.from({ length: 20 }, (_, at) => `o${at}`);
const files = ids.map((id) => `email-${id}.eml`).sort();

function suite(where: 'embedded' | 'kafka'): void {
  let bench: EmailBench;
  afterEach(() => bench.close());

  test('a paid order is one file, whether its payment came before or after it', async () => {
    bench = await EmailBench.make(where);
    const service = await bench.start();
    const [before, after] = [ids.slice(0, 10), ids.slice(10)];
    await bench.publish(...before.map((id) => paymentRecord(paymentOf(id))));
    await bench.publish(...ids.map((id) => orderRecord(orderOf(id))));
    await bench.publish(...after.map((id) => paymentRecord(paymentOf(id))));
    await until('every mail', () => bench.outbox().length >= ids.length);
    expect(bench.outbox()).toEqual(files);
    expect(await service.readiness()).toMatchObject({
      ready: true,
      checks: { join: 'running', workflows: 'running', 'mail-sender': 'running' },
    });
    expect(bench.mail('email-o7.eml')).toBe(
      [
        'Auto-Submitted: auto-generated',
        'From: Requite Shop <shop@requite.example>',
        'To: c-o7@example.com',
        'Subject: Your order o7: payment received',
        'Message-ID: <email-o7@requite.example>',
        'Date: Tue, 03 Nov 2026 10:11:12 +0000',
        'Content-Transfer-Encoding: 7bit',
        'MIME-Version: 1.0',
        'Content-Type: text/plain; charset=utf-8',
        '',
        'Dear Customer c-o7,',
        '',
        'thank you for your order. Your payment has arrived.',
        '',
        'Order o7 of 2026-11-03',
        '',
        '  2   25.00  JUMPERS',
        '      -----',
        '      25.00  EUR in all',
        '      25.00  EUR paid (p-o7)',
        '',
        'Is anything not as it should be? Write to us, and name the order.',
        '',
        'Requite Shop',
        '',
      ].join('\r\n'),
    );
  }, 60_000);

  test('gold and platinum customers are written to in words of their own', async () => {
    bench = await EmailBench.make(where);
    await bench.start();
    for (const level of ['gold', 'platinum']) {
      const order = orderOf(level);
      await bench.publish(orderRecord(order), paymentRecord(paymentOf(level)));
    }
    await until('both mails', () => bench.outbox().length === 2);
    expect(bench.mail('email-gold.eml')).toContain('\r\nSubject: Gold customer: payment received');
    expect(bench.mail('email-platinum.eml')).toContain('\r\nSubject: Platinum customer: payment received');
  }, 60_000);

  test('repeats of orders, payments and completed workflows write no second mail, and change none', async () => {
    bench = await EmailBench.make(where);
    await bench.start();
    const records = ids.flatMap((id) => [orderRecord(orderOf(id)), paymentRecord(paymentOf(id))]);
    await bench.publish(...records);
    await until('every mail', () => bench.outbox().length >= ids.length);
    const before = files.map((name) => bench.mail(name));
    const reports = await bench.read(topics.workflowEvents);
    const again = reports.map(({ topic, partition, key, value }) => ({ topic, partition, key, value }));
    await bench.publish(...records, ...again);
    const last = orderOf('last');
    await bench.publish(orderRecord(last), paymentRecord(paymentOf('last')));
    await until('the mail after them', () => bench.outbox().includes('email-last.eml'));
    const other = await bench.start(); // another instance takes over some partitions, and finds no more to do
    await until('it to run', async () => (await other.readiness()).ready);
    expect(bench.outbox()).toEqual([...files, 'email-last.eml'].sort());
    expect(files.map((name) => bench.mail(name))).toEqual(before);
    expect(await bench.letters()).toEqual([]);
  }, 60_000);

  test('a second payment of an order ends in the dead letters, and the first keeps its mail', async () => {
    bench = await EmailBench.make(where);
    await bench.start();
    await bench.publish(
      paymentRecord(paymentOf('a')),
      paymentRecord(paymentOf('a', { id: 'p-2', amount: '1.00' })),
    );
    await bench.publish(orderRecord(orderOf('a')));
    await until('the mail', () => bench.outbox().length === 1);
    expect(bench.mail('email-a.eml')).toContain('25.00  EUR paid (p-a)');
    await until('the dead letter', async () => (await bench.letters()).length === 1);
    expect(await bench.letters()).toEqual(['payment-conflict']);
  }, 60_000);

  test('nobody is written to whom the CRM does not know, or knows no address of: the job says so', async () => {
    bench = await EmailBench.make(where);
    await bench.start();
    for (const id of ['nobody', 'mailless', 'fine'])
      await bench.publish(orderRecord(orderOf(id)), paymentRecord(paymentOf(id)));
    const failuresOf = async (): Promise<string[]> =>
      (await bench.read(topics.workflowEvents))
        .map(
          ({ value }) =>
            JSON.parse(String(value)) as { status: string; events: { error?: { code: string } }[] },
        )
        .flatMap(({ status, events }) => (status === 'failed' ? [events.at(-1)?.error?.code ?? ''] : []));
    await until('both failures', async () => (await failuresOf()).length >= 2);
    expect(new Set(await failuresOf())).toEqual(new Set(['customer-not-found', 'no-email']));
    await until('the mail', () => bench.outbox().length === 1);
    expect(bench.outbox()).toEqual(['email-fine.eml']);
  }, 60_000);
}

describe('the outbox, on the embedded log', () => {
  suite('embedded');

  test('mails that could not be written are all written, in the end, and none is passed over', async () => {
    const bench = await EmailBench.make('embedded');
    const service = await bench.start();
    rmSync(bench.settings.outboxDir, { recursive: true });
    await bench.publish(...ids.flatMap((id) => [orderRecord(orderOf(id)), paymentRecord(paymentOf(id))]));
    await until('the sender to be held up', async () => !(await service.readiness()).ready);
    mkdirSync(bench.settings.outboxDir);
    await until('every mail', () => bench.outbox().length === ids.length);
    expect(bench.outbox()).toEqual(files);
    expect(await bench.letters()).toEqual([]);
    await bench.close();
  }, 60_000);

  test('a file that is there already is never overwritten: the other mail ends in the dead letters', async () => {
    const bench = await EmailBench.make('embedded');
    mkdirSync(bench.settings.outboxDir, { recursive: true });
    writeFileSync(join(bench.settings.outboxDir, 'email-a.eml'), 'somebody wrote here');
    await bench.start();
    await bench.publish(orderRecord(orderOf('a')), paymentRecord(paymentOf('a')));
    await until('the dead letter', async () => (await bench.letters()).length > 0);
    expect(await bench.letters()).toEqual(['mail-conflict']);
    expect(bench.mail('email-a.eml')).toBe('somebody wrote here');
    await bench.close();
  }, 60_000);

  test('what can be started with no outbox to write to is not: nothing is left running', async () => {
    const bench = await EmailBench.make('embedded');
    writeFileSync(bench.settings.outboxDir, 'a file');
    await expect(bench.start()).rejects.toThrow();
    await bench.close();
  }, 60_000);
});

describeWithBroker('the outbox, on Kafka', () => suite('kafka'));
