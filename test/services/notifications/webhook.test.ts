import { afterEach, describe, expect, test } from 'bun:test';
import { topics } from '../../../core/mod.ts';
import { describeWithBroker } from '../../broker/index.ts';
import { until } from '../../support/until.ts';
import { TestReceiver } from './receiver.ts';
import { NotificationsBench, orderOf, orderRecord } from './support.ts';

const ids = Array.from({ length: 20 }, (_, at) => `o${at}`);
const idOf = (orderId: string): string => `notification-webhook-${orderId}`;

function suite(where: 'embedded' | 'kafka'): void {
  const open: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const one of open.splice(0).reverse()) await one.close();
  });

  function receiverThat(answer: TestReceiver['answer'], port = 0): TestReceiver {
    const receiver = new TestReceiver(answer, port);
    open.push(receiver);
    return receiver;
  }
  async function benchFor(
    url: string,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<NotificationsBench> {
    const bench = await NotificationsBench.make(where, url, {
      CONFIG_NOTIFICATION_SERVICE_MAIL: 'false',
      ...environment,
    });
    open.push(bench);
    return bench;
  }

  test('each placed order is one signed POST, and no later state of it is', async () => {
    const receiver = receiverThat(() => 200);
    const bench = await benchFor(receiver.url);
    await bench.start();
    await bench.place(...ids);
    await bench.publish(...ids.map((id) => orderRecord({ ...orderOf(id), state: 'VALIDATED', revision: 2 })));
    await bench.place('last');
    await bench.ended(idOf('last'), 'sent');
    for (const id of ids) await bench.ended(idOf(id), 'sent');
    expect(receiver.got.length).toBe(ids.length + 1);
    expect(receiver.got.every(({ isSigned }) => isSigned)).toBe(true);
    const [got] = receiver.of('o7');
    expect(JSON.parse(got?.body ?? '')).toEqual({
      id: got?.id,
      type: 'order.placed',
      time: orderOf('o7').createdAt,
      data: { order: orderOf('o7') },
    });
    expect(got?.headers.get('content-type')).toBe('application/json');
  }, 60_000);

  test('a receiver that answers 500 twice has it at the third attempt, under the same id', async () => {
    const receiver = receiverThat((_, before) => (before.length < 2 ? 500 : 204));
    const bench = await benchFor(receiver.url);
    await bench.start();
    await bench.place('a');
    const shown = await bench.ended(idOf('a'), 'sent');
    expect(shown.attempts.map(({ outcome, status }) => [outcome, status])).toEqual([
      ['failed', 500],
      ['failed', 500],
      ['delivered', 204],
    ]);
    const got = receiver.of('a');
    expect(new Set(got.map(({ id }) => id)).size).toBe(1);
    expect(new Set(got.map(({ body }) => body)).size).toBe(1);
    expect(got.every(({ isSigned }) => isSigned)).toBe(true);
    expect(await bench.letters()).toEqual([]);
  }, 60_000);

  test('a 410 is final: failed, among the dead letters, and sent once somebody retries it', async () => {
    let isGone = true;
    const receiver = receiverThat(() => (isGone ? 410 : 200));
    const bench = await benchFor(receiver.url);
    await bench.start();
    await bench.place('a');
    const failed = await bench.ended(idOf('a'), 'failed');
    expect(failed.problem).toEqual({ code: 'webhook-refused', message: 'HTTP 410' });
    await until('the dead letter', async () => (await bench.letters()).length > 0);
    expect(new Set(await bench.letters())).toEqual(new Set(['webhook-undeliverable']));
    const [letter] = await bench.read(topics.deadLetters);
    expect(letter?.key).toBe(idOf('a'));
    expect(letter?.headers['requite-detail']).toContain('webhook-refused: HTTP 410');
    isGone = false;
    expect((await bench.retry(idOf('a'))).status).toBe(202);
    const sent = await bench.ended(idOf('a'), 'sent');
    expect(sent.round).toBe(2);
    expect(sent.retries).toMatchObject([{ round: 1 }]);
    const got = receiver.of('a');
    expect(got.length).toBe(2);
    expect(got[1]?.id).toBe(got[0]?.id ?? '');
    expect((await bench.retry(idOf('a'))).status).toBe(409);
  }, 60_000);

  test('a receiver that never takes it is given up after so many attempts', async () => {
    const receiver = receiverThat(() => 503);
    const bench = await benchFor(receiver.url, {
      CONFIG_NOTIFICATION_SERVICE_WEBHOOK_ATTEMPTS: '4',
      CONFIG_NOTIFICATION_SERVICE_WEBHOOK_BREAK_AFTER: '100',
    });
    await bench.start();
    await bench.place('a');
    const shown = await bench.ended(idOf('a'), 'failed');
    expect(shown.problem?.code).toBe('webhook-gave-up');
    expect(shown.attempts.length).toBe(4);
    expect(receiver.of('a').length).toBe(4);
    await until('the dead letter', async () => (await bench.letters()).includes('webhook-undeliverable'));
  }, 60_000);

  test('a receiver that is away is left alone while its circuit is open, and has everything once it is back', async () => {
    const away = receiverThat(() => 200);
    const { port, url } = away;
    await away.close();
    const bench = await benchFor(url, { CONFIG_NOTIFICATION_SERVICE_WEBHOOK_ATTEMPTS: '50' });
    await bench.start();
    await bench.place(...ids);
    const leftAlone = 'the webhook receiver answers nobody: left alone for a while';
    await until('the circuit to open', () => bench.said(leftAlone) > 0);
    const putOff = await until('a notification that is put off', async () => {
      for (const { id } of await bench.list()) {
        const answer = await bench.ask(`/notifications/${id}`);
        const { attempts } = (await answer.json()) as { attempts: { outcome: string }[] };
        if (attempts.some(({ outcome }) => outcome === 'put-off')) return id;
      }
      return null;
    });
    const receiver = receiverThat(() => 200, port);
    for (const id of ids) await bench.ended(idOf(id), 'sent');
    expect(receiver.orders()).toEqual([...ids].sort());
    expect((await bench.ended(putOff, 'sent')).problem).toBeUndefined();
    await until('it to be said', () => bench.said('the webhook receiver answers again') === 1);
    expect(bench.said(leftAlone)).toBe(1);
    expect(await bench.letters()).toEqual([]);
  }, 90_000);

  test('no answer within the time limit is a failed attempt', async () => {
    const receiver = receiverThat((_, before) => (before.length === 0 ? new Promise<number>(() => {}) : 200));
    const bench = await benchFor(receiver.url, { CONFIG_NOTIFICATION_SERVICE_WEBHOOK_TIMEOUT_MS: '150' });
    await bench.start();
    await bench.place('a');
    const shown = await bench.ended(idOf('a'), 'sent');
    expect(shown.attempts.map(({ outcome, reason }) => [outcome, reason])).toEqual([
      ['failed', 'no answer within 150 ms'],
      ['delivered', 'HTTP 200'],
    ]);
  }, 60_000);

  test('a redirect is not followed, and an endless body is not read', async () => {
    const elsewhere = receiverThat(() => 200);
    const endless = (): Response =>
      new Response(
        new ReadableStream({
          pull: (controller) => controller.enqueue(new Uint8Array(65_536)),
        }),
      );
    const receiver = receiverThat((_, before) =>
      before.length === 0
        ? new Response(null, { status: 302, headers: { location: elsewhere.url } })
        : endless(),
    );
    const bench = await benchFor(receiver.url);
    await bench.start();
    await bench.place('a');
    const shown = await bench.ended(idOf('a'), 'sent');
    expect(shown.attempts.map(({ outcome, status }) => [outcome, status])).toEqual([
      ['failed', 302],
      ['delivered', 200],
    ]);
    expect(elsewhere.got).toEqual([]);
  }, 60_000);

  test('Retry-After is honoured, within the longest wait', async () => {
    const asked = (seconds: string) =>
      new Response(null, { status: 429, headers: { 'retry-after': seconds } });
    const receiver = receiverThat((_, before) => (before.length === 0 ? asked('86400') : 200));
    const bench = await benchFor(receiver.url, {
      CONFIG_NOTIFICATION_SERVICE_WEBHOOK_MAX_BACKOFF_MS: '700',
    });
    await bench.start();
    await bench.place('a');
    const waiting = await bench.shown(idOf('a'), 'put to sleep', (each) => each.nextAttemptAt !== undefined);
    const [first] = waiting.attempts;
    // the backoff after one attempt is at most 20 ms: what is longer was asked for
    const waitMs = Date.parse(waiting.nextAttemptAt ?? '') - Date.parse(first?.time ?? '');
    expect(waitMs).toBeGreaterThan(600);
    expect(waitMs).toBeLessThan(60_000);
    await bench.ended(idOf('a'), 'sent');
  }, 60_000);

  test('a service that stops in the middle of a backoff goes on where it was', async () => {
    const receiver = receiverThat((_, before) => (before.length < 2 ? 500 : 200));
    const slow = {
      CONFIG_NOTIFICATION_SERVICE_WEBHOOK_BACKOFF_MS: '1500',
      CONFIG_NOTIFICATION_SERVICE_WEBHOOK_MAX_BACKOFF_MS: '1500',
    };
    const bench = await benchFor(receiver.url, slow);
    const service = await bench.start();
    await bench.place('a');
    await bench.shown(idOf('a'), 'put to sleep', (each) => each.nextAttemptAt !== undefined);
    await service.stop();
    expect(receiver.of('a').length).toBe(1);
    await bench.start();
    const shown = await bench.ended(idOf('a'), 'sent');
    expect(shown.attempts.map(({ status }) => status)).toEqual([500, 500, 200]);
    expect(new Set(receiver.of('a').map(({ id }) => id)).size).toBe(1);
  }, 60_000);

  test('a receiver that hangs has a bounded number of POSTs, and the others wait on the log', async () => {
    const receiver = receiverThat(() => new Promise<number>(() => {}));
    const bench = await benchFor(receiver.url, {
      CONFIG_NOTIFICATION_SERVICE_WEBHOOK_TIMEOUT_MS: '60000',
      CONFIG_NOTIFICATION_SERVICE_WEBHOOK_CONCURRENCY: '3',
    });
    await bench.start();
    await bench.place(...ids);
    await until('three POSTs', () => receiver.active === 3);
    await until('every notification', async () => (await bench.list('?status=open')).length === ids.length);
    expect(receiver.most).toBe(3);
    expect(receiver.got.length).toBe(3);
  }, 60_000);
}

describe('webhooks of orders, on the embedded log', () => suite('embedded'));
describeWithBroker('webhooks of orders, on Kafka', () => suite('kafka'));
