import {
  type AttemptOutcome,
  type Json,
  orderPlacedMessage,
  type RetryPolicy,
  type WebhookAttempt,
  webhookNotification,
} from '../../../core/mod.ts';
import { assert, test } from '../../harness.ts';
import { order } from '../orders/mails.ts';
import { answer, Scene, start } from '../workflow/support.ts';

const { type } = webhookNotification;
const id = 'notification-webhook-42';
const policy: RetryPolicy = { attempts: 3, backoffMs: 1_000, maxBackoffMs: 3_600_000 };
const json = (value: unknown): Json => JSON.parse(JSON.stringify(value)) as Json;

const came = (outcome: AttemptOutcome, more: Partial<WebhookAttempt> = {}): Json =>
  json({ outcome, status: null, reason: outcome, retryAfterMs: null, policy, ...more });

function begun(): Scene {
  const scene = new Scene([webhookNotification]);
  scene.when(start(type, id, json({ order, round: 1 })));
  return scene;
}

/** Answers try after try, each as soon as the job has slept; returns how long it slept each time, in milliseconds. */
function through(scene: Scene, attempts: readonly Json[]): number[] {
  return attempts.map((attempt, at) => {
    scene.when(answer(type, id, at * 2, attempt));
    const { wakeAtMs } = scene.job(id);
    const sleptMs = wakeAtMs === null ? 0 : wakeAtMs - scene.nowMs;
    if (sleptMs > 0) scene.tick(sleptMs);
    return sleptMs;
  });
}

test('it asks for one attempt, with the bytes that are sent, and completes once it is delivered', () => {
  const scene = new Scene([webhookNotification]);
  const { records } = scene.when(start(type, id, json({ order, round: 1 })));
  const { body, id: webhook } = orderPlacedMessage(order);
  assert.deepEqual(JSON.parse(records[0]?.value as string), {
    qaIdentifier: `${type}/${id}/0`,
    questionCategory: 'webhook',
    payload: { id: webhook, tried: 1, body },
  });
  const { reports } = scene.when(answer(type, id, 0, came('delivered', { status: 200 })));
  const completed = reports[0]?.events.at(-1);
  assert.deepEqual(completed?.event === 'completed' && completed.result, { webhookId: webhook, tried: 1 });
});

test('what is sent is the order, the same bytes each time', () => {
  const { body, id: webhook } = orderPlacedMessage(order);
  assert.deepEqual(JSON.parse(body), {
    id: webhook,
    type: 'order.placed',
    time: order.createdAt,
    data: { order },
  });
  assert.equal(orderPlacedMessage(order).body, body);
});

test('after a failure it sleeps, each time for longer, and then asks again under the same id', () => {
  const scene = begun();
  const slept = through(scene, [came('failed'), came('failed')]);
  assert.ok((slept[0] ?? 0) >= 500 && (slept[0] ?? 0) <= 1_000);
  assert.ok((slept[1] ?? 0) >= 1_000 && (slept[1] ?? 0) <= 2_000);
  assert.deepEqual(
    scene.job(id).steps.map(({ kind, payload }) => [kind, (payload as { tried?: number } | null)?.tried]),
    [
      ['ask', 1],
      ['sleep', undefined],
      ['ask', 2],
      ['sleep', undefined],
      ['ask', 3],
    ],
  );
});

test('after so many failures it fails, and says why', () => {
  const scene = begun();
  through(scene, [came('failed'), came('failed'), came('failed', { reason: 'HTTP 503' })]);
  assert.equal(scene.job(id).status, 'failed');
  assert.deepEqual(scene.job(id).problem, {
    code: 'webhook-gave-up',
    message: 'HTTP 503; given up after 3 tries',
  });
});

test('what is refused is final', () => {
  const scene = begun();
  through(scene, [came('refused', { status: 410, reason: 'HTTP 410' })]);
  assert.deepEqual(scene.job(id).problem, { code: 'webhook-refused', message: 'HTTP 410' });
});

test('what is put off has not failed, but is not put off for ever', () => {
  const scene = begun();
  through(scene, [came('failed'), came('put-off'), came('put-off'), came('put-off'), came('failed')]);
  assert.equal(scene.job(id).status, 'waiting');
  const always = begun();
  through(
    always,
    Array.from({ length: 6 }, () => came('put-off')),
  );
  assert.equal(always.job(id).problem?.code, 'webhook-gave-up');
});

test('it waits as long as the receiver asks, up to the longest wait', () => {
  const scene = begun();
  const [asked, tooLong] = through(scene, [
    came('failed', { retryAfterMs: 120_000 }),
    came('failed', { retryAfterMs: 86_400_000 }),
  ]);
  assert.equal(asked, 120_000);
  assert.equal(tooLong, policy.maxBackoffMs);
});

test('a policy that is changed meanwhile is for what is left', () => {
  const scene = begun();
  through(scene, [came('failed'), came('failed', { policy: { ...policy, attempts: 2 } })]);
  assert.equal(scene.job(id).problem?.code, 'webhook-gave-up');
});

test('the longest policy comes to no more steps than a job may take', () => {
  const scene = begun();
  const longest = { attempts: 50, backoffMs: 1, maxBackoffMs: 1 };
  const tries = Array.from({ length: 100 }, (_, at) =>
    came(at % 2 === 0 ? 'failed' : 'put-off', { policy: longest }),
  );
  through(scene, tries.slice(0, 99));
  assert.equal(scene.job(id).problem?.code, 'webhook-gave-up');
});
