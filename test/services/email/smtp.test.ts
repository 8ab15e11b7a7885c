import { afterEach, describe, expect, test } from 'bun:test';
import { topics } from '../../../core/mod.ts';
import { describeWithBroker } from '../../broker/index.ts';
import { until } from '../../support/until.ts';
import { type MailServerOptions, TestMailServer } from './mail-server.ts';
import { EmailBench, orderOf, orderRecord, PARTITIONS, paymentOf, paymentRecord } from './support.ts';

const ids = Array.from({ length: 20 }, (_, at) => `o${at}`);
const messageIdOf = (id: string): string => `<email-${id}@requite.example>`;

function suite(where: 'embedded' | 'kafka'): void {
  const open: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const one of open.splice(0).reverse()) await one.close();
  });

  async function serverWith(options: MailServerOptions = {}): Promise<TestMailServer> {
    const server = await TestMailServer.start(options);
    open.push(server);
    return server;
  }
  async function benchFor(url: string): Promise<EmailBench> {
    const bench = await EmailBench.make(where, { SMTP_URL: url });
    open.push(bench);
    return bench;
  }
  const pay = (bench: EmailBench, names: readonly string[]): Promise<void> =>
    bench.publish(...names.flatMap((id) => [orderRecord(orderOf(id)), paymentRecord(paymentOf(id))]));

  test('each mail is sent to its customer, once where nothing goes wrong', async () => {
    const server = await serverWith();
    const bench = await benchFor(server.url);
    const service = await bench.start();
    await pay(bench, ids);
    await until('every mail', () => server.received.length >= ids.length);
    expect(server.messageIds()).toEqual(ids.map(messageIdOf).sort());
    const mail = server.received.find(({ to }) => to === 'c-o7@example.com');
    expect(mail?.messageId).toBe(messageIdOf('o7'));
    expect(mail?.text).toContain('\r\nDear Customer c-o7,\r\n');
    expect((await service.readiness()).ready).toBe(true);
  }, 60_000);

  test('a service that died before its offset was committed sends again, under the same Message-ID', async () => {
    const server = await serverWith();
    const bench = await benchFor(server.url);
    const service = await bench.start();
    await pay(bench, ['a']);
    await until('the mail', () => server.received.length === 1);
    await service.stop();
    // what a crash leaves: the report is there to be read, and the next process knows nothing of having sent it
    const reports = await bench.read(topics.workflowEvents);
    await bench.start();
    await bench.publish(
      ...reports.map(({ topic, partition, key, value }) => ({ topic, partition, key, value })),
    );
    await until('the mail again', () => server.received.length === 2);
    const [one, two] = server.received;
    expect(one?.messageId).toBe(messageIdOf('a'));
    expect(two?.text).toBe(one?.text ?? '');
  }, 60_000);

  test('a record that comes again soon is not sent again', async () => {
    const server = await serverWith();
    const bench = await benchFor(server.url);
    await bench.start();
    await pay(bench, ['a']);
    await until('the mail', () => server.received.length === 1);
    const reports = await bench.read(topics.workflowEvents);
    await bench.publish(
      ...reports.map(({ topic, partition, key, value }) => ({ topic, partition, key, value })),
    );
    await pay(bench, ['b', 'c', 'd', 'e', 'f', 'g', 'h']);
    await until('the mails after it', () => server.received.length === 8);
    expect(server.messageIds()).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map(messageIdOf));
  }, 60_000);

  test('a mail that is deferred (4xx) is tried again until it is taken, and the others go out meanwhile', async () => {
    let tries = 0;
    const server = await serverWith({
      onRecipient: (address) =>
        address === 'c-slow@example.com' && ++tries < 4 ? { code: 450, text: 'try again' } : undefined,
    });
    const bench = await benchFor(server.url);
    const service = await bench.start();
    await pay(bench, ['slow', ...ids]);
    await until('every mail', () => server.received.length >= ids.length + 1);
    expect(tries).toBe(4);
    expect(server.messageIds()).toEqual(['slow', ...ids].map(messageIdOf).sort());
    expect(bench.said('waiting for the mail server')).toBe(0);
    expect(await bench.letters()).toEqual([]);
    expect((await service.readiness()).ready).toBe(true);
  }, 60_000);

  test('a mail that is refused for good (5xx) goes to the dead letters with the reply, and holds nothing up', async () => {
    const server = await serverWith({
      onRecipient: (address) =>
        address === 'c-gone@example.com' ? { code: 550, text: 'No such mailbox' } : undefined,
      onMail: ({ to }) => (to === 'c-spam@example.com' ? { code: 554, text: 'No such content' } : undefined),
    });
    const bench = await benchFor(server.url);
    await bench.start();
    await pay(bench, ['gone', 'spam', ...ids]);
    await until('both dead letters', async () => (await bench.letters()).length >= 2);
    await until('every other mail', () => server.received.length === ids.length);
    expect(await bench.letters()).toEqual(['mail-refused', 'mail-refused']);
    const details = (await bench.read(topics.deadLetters)).map(({ headers }) => headers['requite-detail']);
    expect(details.sort()).toEqual([
      expect.stringMatching(/^550 .*No such mailbox/),
      expect.stringMatching(/^554 .*No such content/),
    ] as unknown as string[]);
    expect(server.messageIds()).toEqual(ids.map(messageIdOf).sort());
  }, 60_000);

  test('a mail server that is away is waited for, said once, and then every mail goes out', async () => {
    const gone = await TestMailServer.start();
    await gone.close();
    const bench = await benchFor(gone.url);
    const service = await bench.start();
    await pay(bench, ids);
    await until('it to wait', async () =>
      (await service.readiness()).checks['mail-sender']?.startsWith('waiting for the mail server'),
    );
    const server = await serverWith({ port: gone.port });
    await until('every mail', () => server.received.length >= ids.length);
    expect(server.messageIds()).toEqual(ids.map(messageIdOf).sort());
    await until('it to be ready', async () => (await service.readiness()).ready);
    expect(bench.said('waiting for the mail server')).toBe(1);
    expect(bench.said('the mail server answers')).toBe(1);
    expect(await bench.letters()).toEqual([]);
  }, 60_000);

  test('a server that refuses the sender is waited for: a wrong setting sends no mail to the dead letters', async () => {
    let isRight = false;
    const server = await serverWith({
      onSender: () => (isRight ? undefined : { code: 550, text: 'Not our customer' }),
    });
    const bench = await benchFor(server.url);
    const service = await bench.start();
    await pay(bench, ids);
    await until('it to wait', async () =>
      (await service.readiness()).checks['mail-sender']?.includes('Not our customer'),
    );
    isRight = true;
    await until('every mail', () => server.received.length >= ids.length);
    expect(server.messageIds()).toEqual(ids.map(messageIdOf).sort());
    expect(await bench.letters()).toEqual([]);
  }, 60_000);

  test('a slow server costs no membership and no second mail: one mail longer than a session may last', async () => {
    let release = (): void => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    let waiting = 0;
    const server = await serverWith({
      onMail: async ({ to }) => {
        if (to !== 'c-slow@example.com') return undefined;
        waiting++;
        await released;
        return undefined;
      },
    });
    const bench = await benchFor(server.url);
    await bench.start();
    await pay(bench, ['slow']);
    await until('the slow mail', () => waiting === 1);
    const startedAt = performance.now();
    await pay(bench, ids);
    const others = ids.length - ids.length / PARTITIONS;
    await until('mails of other partitions', () => server.received.length >= others / 2);
    // longer than the silence after which a group takes a member for dead: 3 s embedded, 10 s on Kafka
    const sessionMs = where === 'embedded' ? 4_000 : 11_000;
    await until('a session to be over', () => performance.now() - startedAt > sessionMs);
    release();
    await until('every mail', () => server.received.length >= ids.length + 1);
    expect(server.messageIds()).toEqual(['slow', ...ids].map(messageIdOf).sort());
    expect(waiting).toBe(1);
    expect(bench.said('gave up partitions')).toBe(0);
  }, 60_000);

  test('a stop does not wait for a server that is away, and nothing is lost by it', async () => {
    const gone = await TestMailServer.start();
    await gone.close();
    const bench = await benchFor(gone.url);
    const service = await bench.start();
    await pay(bench, ids);
    await until('it to wait', async () => !(await service.readiness()).ready);
    const before = performance.now();
    await service.stop();
    expect(performance.now() - before).toBeLessThan(5_000);
    const server = await serverWith({ port: gone.port });
    await bench.start();
    await until('every mail', () => server.received.length >= ids.length);
    expect(server.messageIds()).toEqual(ids.map(messageIdOf).sort());
  }, 60_000);
}

describe('mails by SMTP, on the embedded log', () => suite('embedded'));
describeWithBroker('mails by SMTP, on Kafka', () => suite('kafka'));
