import { afterEach, expect, test } from 'bun:test';
import { pino } from 'pino';
import { orderPlacedMessage } from '../../../core/mod.ts';
import { type ReceiverLimits, WebhookReceiver } from '../../../services/platform/webhook/receiver.ts';
import { SECRET, TestReceiver } from '../../services/notifications/receiver.ts';
import { orderOf } from '../../services/notifications/support.ts';
import { until } from '../../support/until.ts';

const open: TestReceiver[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

const going = new AbortController().signal;
const messageOf = (id: string) => orderPlacedMessage(orderOf(id));

function opened(
  answer: TestReceiver['answer'],
  limits: Partial<ReceiverLimits> = {},
): {
  readonly test: TestReceiver;
  readonly receiver: WebhookReceiver;
  set(more: Partial<ReceiverLimits>): void;
} {
  const test = new TestReceiver(answer);
  open.push(test);
  let current = { timeoutMs: 5_000, concurrency: 2, breakAfter: 3, probeAfterMs: 60_000, ...limits };
  const logger = pino({ level: 'silent' });
  const receiver = new WebhookReceiver({ url: test.url, secret: SECRET, limits: () => current, logger });
  return {
    test,
    receiver,
    set: (more) => {
      current = { ...current, ...more };
    },
  };
}
const attempt = (receiver: WebhookReceiver, id: string) => receiver.attempt(messageOf(id), going, null);

test('the circuit opens after so many failures in a row, and then nobody is asked', async () => {
  const { test, receiver } = opened(() => 500);
  for (const id of ['a', 'b', 'c']) expect((await attempt(receiver, id))?.outcome).toBe('failed');
  expect(receiver.circuit).toBe('open');
  const putOff = await attempt(receiver, 'd');
  expect(putOff?.outcome).toBe('put-off');
  expect(putOff?.retryAfterMs).toBeGreaterThan(0);
  expect(test.got.length).toBe(3);
});

test('what only one message is to blame for opens no circuit', async () => {
  const { receiver } = opened(() => 422);
  for (let at = 0; at < 10; at++) expect((await attempt(receiver, `o${at}`))?.outcome).toBe('refused');
  expect(receiver.circuit).toBe('closed');
});

test('after its time one attempt is let through; while that finds out, the others are put off; then it closes', async () => {
  const { promise: released, resolve: release } = Promise.withResolvers<number>();
  let isDown = true;
  const { test, receiver } = opened(() => (isDown ? 503 : released), { probeAfterMs: 1, concurrency: 10 });
  for (const id of ['a', 'b', 'c']) await attempt(receiver, id);
  isDown = false;
  const before = test.got.length;
  const probe = until('the time to be over', async () => {
    const came = await attempt(receiver, 'probe');
    return came?.outcome === 'delivered' && came;
  });
  await until('one that is let through', () => test.got.length > before);
  expect(receiver.circuit).toBe('half-open');
  expect((await attempt(receiver, 'other'))?.outcome).toBe('put-off');
  release(200);
  await probe;
  expect(receiver.circuit).toBe('closed');
  expect(test.got.length).toBe(before + 1);
});

test('no more are under way than may be, and a change of that holds at once', async () => {
  const { promise: released, resolve: release } = Promise.withResolvers<number>();
  const { test, receiver, set } = opened(() => released);
  const all = Promise.all(['a', 'b', 'c', 'd'].map((id) => attempt(receiver, id)));
  await until('two', () => test.active === 2);
  set({ concurrency: 1 });
  const more = attempt(receiver, 'e');
  await until('one more, in a queue of its own', () => test.active === 3);
  release(200);
  expect((await all).map((came) => came?.outcome)).toEqual([
    'delivered',
    'delivered',
    'delivered',
    'delivered',
  ]);
  expect((await more)?.outcome).toBe('delivered');
  expect(test.most).toBe(3);
});

test('an attempt that is given up comes to nothing, also one that waits for its turn', async () => {
  const { test, receiver } = opened(() => new Promise<number>(() => {}), { concurrency: 1 });
  const givenUp = new AbortController();
  const both = ['a', 'b'].map((id) => receiver.attempt(messageOf(id), givenUp.signal, null));
  await until('the first', () => test.active === 1);
  givenUp.abort();
  expect(await Promise.all(both)).toEqual([null, null]);
  expect(test.got.length).toBe(1);
});

test('the trace goes along; where nobody listens, the reason names the error and not the address', async () => {
  const { test, receiver } = opened(() => 200);
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  await receiver.attempt(messageOf('a'), going, traceparent);
  expect(test.got[0]?.headers.get('traceparent')).toBe(traceparent);
  const closed = opened(() => 200);
  const url = closed.test.url;
  await closed.test.close();
  const limits = { timeoutMs: 1_000, concurrency: 1, breakAfter: 9, probeAfterMs: 1 };
  const gone = new WebhookReceiver({
    url,
    secret: SECRET,
    limits: () => limits,
    logger: pino({ level: 'silent' }),
  });
  const came = await attempt(gone, 'a');
  expect(came).toMatchObject({ outcome: 'failed', status: null, isOutage: true });
  expect(came?.reason).toMatch(/^could not be reached \(\w+\)$/);
});
