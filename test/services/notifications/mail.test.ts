import { afterEach, describe, expect, test } from 'bun:test';
import { topics } from '../../../core/mod.ts';
import { describeWithBroker } from '../../broker/index.ts';
import { until } from '../../support/until.ts';
import { TestMailServer } from '../email/mail-server.ts';
import { TestReceiver } from './receiver.ts';
import { NotificationsBench, orderOf, orderRecord } from './support.ts';

const ids = Array.from({ length: 20 }, (_, at) => `o${at}`);
const idOf = (orderId: string): string => `notification-mail-${orderId}`;

function suite(where: 'embedded' | 'kafka'): void {
  const open: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const one of open.splice(0).reverse()) await one.close();
  });
  async function benchFor(
    url: string | null,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<NotificationsBench> {
    const bench = await NotificationsBench.make(where, url, environment);
    open.push(bench);
    return bench;
  }

  test('each placed order is one mail in a folder of its own, and the view shows it masked', async () => {
    const bench = await benchFor(null);
    const service = await bench.start();
    await bench.place(...ids);
    for (const id of ids) await bench.ended(idOf(id), 'sent');
    expect(bench.outbox()).toEqual(ids.map((id) => `${idOf(id)}.eml`).sort());
    expect(bench.mail('notification-mail-o7.eml')).toBe(
      [
        'Auto-Submitted: auto-generated',
        'From: Requite Shop <shop@requite.example>',
        'To: c-o7@example.com',
        'Subject: Your order o7 has come in',
        'Message-ID: <placed-o7@requite.example>',
        'Date: Tue, 03 Nov 2026 10:11:12 +0000',
        'Content-Transfer-Encoding: 7bit',
        'MIME-Version: 1.0',
        'Content-Type: text/plain; charset=utf-8',
        '',
        'Dear Customer c-o7,',
        '',
        'thank you: your order has come in, and is being looked at now.',
        '',
        'Order o7 of 2026-11-03',
        '',
        '  2 x JUMPERS, at 12.50 each',
        '',
        'Is anything not as it should be? Write to us, and name the order.',
        '',
        'Requite Shop',
        '',
      ].join('\r\n'),
    );
    const shown = await bench.ended(idOf('o7'), 'sent');
    expect(shown.recipient).toBe('c***@example.com');
    expect(shown.subject).toBe('Your order …');
    expect(shown.attempts.map(({ outcome }) => outcome)).toEqual(['delivered']);
    // no receiver was set: that channel is off
    expect((await bench.list('?channel=webhook')).length).toBe(0);
    expect(await bench.letters()).toEqual([]);
    expect((await service.readiness()).ready).toBe(true);
  }, 60_000);

  test('who has no address is a failed notification among the dead letters, and a retry asks the CRM again', async () => {
    const bench = await benchFor(null);
    await bench.start();
    await bench.publish(orderRecord(orderOf('a', 'c-mailless')), orderRecord(orderOf('b', 'c-nobody')));
    expect((await bench.ended(idOf('a'), 'failed')).problem?.code).toBe('no-email');
    expect((await bench.ended(idOf('b'), 'failed')).problem?.code).toBe('customer-not-found');
    await until('both dead letters', async () => (await bench.letters()).length >= 2);
    expect(new Set(await bench.letters())).toEqual(new Set(['mail-undeliverable']));
    expect((await bench.retry(idOf('a'))).status).toBe(202);
    await bench.shown(idOf('a'), 'failed again', ({ round, status }) => round === 2 && status === 'failed');
    expect(bench.outbox()).toEqual([]);
  }, 60_000);

  test('a webhook receiver that hangs holds up no mail', async () => {
    const receiver = new TestReceiver(() => new Promise<number>(() => {}));
    open.push(receiver);
    const bench = await benchFor(receiver.url, {
      CONFIG_NOTIFICATION_SERVICE_WEBHOOK_TIMEOUT_MS: '60000',
    });
    await bench.start();
    await bench.place(...ids);
    for (const id of ids) await bench.ended(idOf(id), 'sent');
    const tried = async (): Promise<readonly unknown[]> => bench.list('?channel=webhook&status=open');
    await until('every delivery to be listed', async () => (await tried()).length === ids.length);
    await until('as many at once as may be', () => receiver.active === 8);
  }, 60_000);

  test('a channel that is switched off, or on, centrally, is so for the orders that come then', async () => {
    const receiver = new TestReceiver(() => 200);
    open.push(receiver);
    const bench = await benchFor(receiver.url);
    await bench.start();
    await bench.set('mail', false);
    let at = 0;
    const latest = async (): Promise<readonly string[]> => {
      const id = `order${at++}`;
      await bench.place(id);
      await bench.ended(`notification-webhook-${id}`, 'sent');
      return (await bench.list(`?orderId=${id}`)).map(({ id: each }) => each);
    };
    await until('an order without a mail', async () => (await latest()).length === 1);
    await bench.set('mail', true);
    await until('an order with a mail', async () => (await latest()).length === 2);
  }, 60_000);

  test('the attempts that are left are those that are set now, also for what waits already', async () => {
    const receiver = new TestReceiver(() => 500);
    open.push(receiver);
    const bench = await benchFor(receiver.url, {
      CONFIG_NOTIFICATION_SERVICE_MAIL: 'false',
      CONFIG_NOTIFICATION_SERVICE_WEBHOOK_BREAK_AFTER: '1000',
    });
    await bench.start();
    await bench.set('webhookAttempts', 50);
    await bench.place('a');
    await until('three attempts', () => receiver.got.length >= 3);
    await bench.set('webhookAttempts', 1);
    const failed = await bench.ended('notification-webhook-a', 'failed');
    expect(failed.problem?.code).toBe('webhook-gave-up');
    expect(receiver.got.length).toBeLessThan(50);
  }, 60_000);

  test('by SMTP a mail is sent once its server has taken it, and failed where it won’t', async () => {
    const server = await TestMailServer.start({
      onRecipient: (address) =>
        address === 'c-gone@example.com' ? { code: 550, text: 'No such mailbox' } : undefined,
    });
    open.push(server);
    const bench = await benchFor(null, { SMTP_URL: server.url });
    await bench.start();
    await bench.place('gone', ...ids);
    for (const id of ids) await bench.ended(idOf(id), 'sent');
    const failed = await bench.ended(idOf('gone'), 'failed');
    expect(failed.attempts[0]?.reason).toContain('No such mailbox');
    expect(server.messageIds()).toEqual(ids.map((id) => `<placed-${id}@requite.example>`).sort());
    await until('the dead letter', async () => (await bench.letters()).length > 0);
    expect(await bench.letters()).toEqual(['mail-refused']);
  }, 60_000);

  test('a mail whose server is away is open, and sent once it is back', async () => {
    const gone = await TestMailServer.start();
    const { port, url } = gone;
    await gone.close();
    const bench = await benchFor(null, { SMTP_URL: url });
    const service = await bench.start();
    await bench.place('a');
    await until('it to wait', async () =>
      (await service.readiness()).checks['mail-sender']?.startsWith('waiting for the mail server'),
    );
    expect((await bench.list()).map(({ status }) => status)).toEqual(['open']);
    const server = await TestMailServer.start({ port });
    open.push(server);
    await bench.ended(idOf('a'), 'sent');
  }, 60_000);

  test('reports that are no notifications, and records that are broken, stop nothing', async () => {
    const bench = await benchFor(null);
    await bench.start();
    await bench.publish(
      { topic: topics.workflowEvents, partition: 0, key: 'notification-mail-x', value: '{' },
      { topic: 'notifications', partition: 0, key: 'x', value: '{"event":"attempted"}' },
    );
    await bench.place(...ids);
    for (const id of ids) await bench.ended(idOf(id), 'sent');
    await until('dead letters of both', async () => (await bench.letters()).length >= 2);
  }, 60_000);
}

describe('mails of placed orders, on the embedded log', () => suite('embedded'));
describeWithBroker('mails of placed orders, on Kafka', () => suite('kafka'));
