import { afterAll, beforeAll, expect, test } from 'bun:test';
import { access } from '../../../services/platform/auth/index.ts';
import { until } from '../../support/until.ts';
import { TestReceiver } from './receiver.ts';
import { NotificationsBench, orderOf, orderRecord, type Shown } from './support.ts';

interface Page {
  readonly notifications: readonly (Shown & { readonly orderId: string })[];
  readonly links: { readonly next?: string };
}

const receiver = new TestReceiver(({ orderId }) => (orderId === 'gone' ? 410 : 200));
let bench: NotificationsBench;
beforeAll(async () => {
  bench = await NotificationsBench.make('embedded', receiver.url);
  await bench.start();
  const placed = Array.from({ length: 12 }, (_, at) => {
    const createdAt = `2026-11-${String(at + 10)}T10:00:00.000Z`;
    return orderRecord({ ...orderOf(`o${at}`), createdAt });
  });
  await bench.publish(...placed, orderRecord(orderOf('gone')), orderRecord(orderOf('a/ü b', 'c-odd')));
  await until('all to have ended', async () => {
    const all = await bench.list();
    return all.length === 28 && all.every(({ status }) => status !== 'open');
  });
});
afterAll(async () => {
  await bench.close();
  await receiver.close();
});

const page = async (path: string): Promise<Page> => (await (await bench.ask(path)).json()) as Page;

test('the newest orders come first, page after page, each notification once', async () => {
  const seen: string[] = [];
  let path: string | undefined = '/notifications?channel=mail&limit=5';
  for (let pages = 0; path !== undefined && pages < 9; pages++) {
    const { notifications, links }: Page = await page(path);
    seen.push(...notifications.map(({ orderId }) => orderId));
    path = links.next;
  }
  expect(seen.length).toBe(14);
  expect(seen.slice(0, 3)).toEqual(['o11', 'o10', 'o9']);
  expect(new Set(seen).size).toBe(14);
});

test('notifications are found by order, channel and status', async () => {
  const ofOrder = (await page('/notifications?orderId=o3')).notifications;
  expect(ofOrder.map(({ id }) => id).sort()).toEqual(['notification-mail-o3', 'notification-webhook-o3']);
  const failed = (await page('/notifications?status=failed')).notifications;
  expect(failed.map(({ id }) => id)).toEqual(['notification-webhook-gone']);
  expect((await page('/notifications?channel=webhook&status=sent')).notifications.length).toBe(13);
});

test('whatever an order is called, its notification has a path', async () => {
  const [mail] = (await page(`/notifications?channel=mail&orderId=${encodeURIComponent('a/ü b')}`))
    .notifications;
  const self = (mail as unknown as { links: { self: string } }).links.self;
  expect(((await (await bench.ask(self)).json()) as Shown).id).toBe('notification-mail-a/ü b');
});

test('what can’t be is refused with what to do', async () => {
  const answers: readonly [string, string, number, string][] = [
    ['GET', '/notifications/notification-mail-nobody', 404, 'no-such-notification'],
    ['POST', '/notifications/notification-mail-nobody/retry', 404, 'no-such-notification'],
    ['POST', '/notifications/notification-mail-o1/retry', 409, 'not-failed'],
    ['GET', '/notifications?status=lost', 422, 'invalid-input'],
    ['GET', '/notifications?limit=0', 422, 'invalid-input'],
    ['GET', '/notifications?after=nothing', 422, 'no-such-notification'],
  ];
  for (const [method, path, status, code] of answers) {
    const answer = await bench.ask(path, { method });
    expect([path, answer.status, ((await answer.json()) as { code: string }).code]).toEqual([
      path,
      status,
      code,
    ]);
  }
});

test('metrics count what stands where, and how attempts came out', async () => {
  const metrics = await (await bench.ask('/metrics')).text();
  expect(metrics).toContain('notifications{channel="webhook",status="failed"} 1');
  expect(metrics).toContain('notifications{channel="mail",status="sent"} 14');
  expect(metrics).toContain('notification_attempts{channel="webhook",outcome="refused"} 1');
  expect(metrics).toContain('notification_webhook_circuit 0');
});

test('readers may read, and do not retry', async () => {
  const { paths } = (await (await bench.ask('/openapi.json')).json()) as {
    paths: Record<string, Record<string, { 'x-access': unknown }>>;
  };
  const reading = access('operator', 'order-reader')['x-access'];
  expect(paths['/notifications']?.get?.['x-access']).toEqual(reading);
  expect(paths['/notifications/{id}']?.get?.['x-access']).toEqual(reading);
  const retrying = paths['/notifications/{id}/retry']?.post?.['x-access'];
  expect(retrying).toContain('operator');
  expect(retrying).not.toContain('order-reader');
});
