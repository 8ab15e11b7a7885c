import { type Static, type TSchema, Type } from '@sinclair/typebox';
import type { SchemaOf } from '../billing/schema.ts';
import { Order } from '../orders/order.ts';
import { type Workflow, WorkflowFailure, workflow } from '../workflow/definition.ts';
import { backoffAfter, RetryPolicy } from './backoff.ts';
import { MAX_NOTIFICATION_ROUNDS } from './channels.ts';
import { orderPlacedMessage } from './webhook-message.ts';

/** The category of a question that is one attempt to reach the webhook's receiver. */
export const WEBHOOK_CATEGORY = 'webhook';

const NotificationRequestSchema = Type.Object({
  order: Order,
  round: Type.Integer({ minimum: 1, maximum: MAX_NOTIFICATION_ROUNDS }),
});
/** A notification to be sent: the order as it was placed, and which beginning of it this is. */
export type NotificationRequest = Static<typeof NotificationRequestSchema>;
export const NotificationRequest: SchemaOf<NotificationRequest> = NotificationRequestSchema;

const WebhookQuestionSchema = Type.Object({
  id: Type.String({ pattern: '^[A-Za-z0-9_]{1,64}$' }),
  /** Which try it is, from 1. */
  tried: Type.Integer({ minimum: 1 }),
  body: Type.String({ minLength: 1 }),
});
/** The payload of a question of category `webhook`. */
export type WebhookQuestion = Static<typeof WebhookQuestionSchema>;
export const WebhookQuestion: SchemaOf<WebhookQuestion> = WebhookQuestionSchema;

/**
 * - `delivered`: the receiver has it
 * - `refused`: it won't have this one, ever
 * - `failed`: it may take it another time
 * - `put-off`: it was not even asked, as it answers nobody now
 */
export const ATTEMPT_OUTCOMES = ['delivered', 'refused', 'failed', 'put-off'] as const;
export type AttemptOutcome = (typeof ATTEMPT_OUTCOMES)[number];
export const AttemptOutcomeSchema: SchemaOf<AttemptOutcome> = Type.Union(
  ATTEMPT_OUTCOMES.map((each) => Type.Literal(each)) as unknown as [TSchema],
) as unknown as SchemaOf<AttemptOutcome>;

/** The longest reason of an attempt, in UTF-16 units. */
export const MAX_REASON_LENGTH = 300;

const WebhookAttemptSchema = Type.Object({
  outcome: AttemptOutcomeSchema,
  /** What the receiver answered; null where it did not. */
  status: Type.Union([Type.Integer({ minimum: 100, maximum: 999 }), Type.Null()]),
  /** In a few words, without anything that the receiver said. */
  reason: Type.String({ maxLength: MAX_REASON_LENGTH }),
  /** How long the receiver asks to be left alone, in milliseconds. */
  retryAfterMs: Type.Union([Type.Integer({ minimum: 0 }), Type.Null()]),
  /** As it was set at that time: a change of it is for all that are yet to be tried again. */
  policy: RetryPolicy,
});
/** The answer to a question of category `webhook`: what came of one attempt. */
export type WebhookAttempt = Static<typeof WebhookAttemptSchema>;
export const WebhookAttempt: SchemaOf<WebhookAttempt> = WebhookAttemptSchema;

/** A notification that is put off is not failed by it; but what is put off twice as often as it may fail, fails. */
const PUT_OFF_FACTOR = 2;

/** What a completed `order-notification-webhook` leaves on `workflow-events`. */
export interface WebhookDelivered {
  readonly webhookId: string;
  /** How often it was tried, with what was put off. */
  readonly tried: number;
}

/**
 * Tells the webhook's receiver that an order was placed: asks for one attempt, and while that does not come through
 * sleeps and asks again, each time for longer. Waiting takes no memory: a sleeping job is a row in the job store.
 */
export const webhookNotification: Workflow<typeof NotificationRequest, WebhookDelivered> = workflow({
  type: 'order-notification-webhook',
  version: 1,
  input: NotificationRequest,
  *run({ ask, sleep, job }, { order }) {
    const { id, body } = orderPlacedMessage(order);
    let failed = 0;
    for (let tried = 1; ; tried++) {
      const attempt = yield* ask(WEBHOOK_CATEGORY, { id, tried, body }, WebhookAttempt);
      const { outcome, reason, policy, retryAfterMs } = attempt;
      if (outcome === 'delivered') return { webhookId: id, tried };
      if (outcome === 'refused') throw new WorkflowFailure('webhook-refused', reason);
      if (outcome === 'failed') failed++;
      if (failed >= policy.attempts || tried >= policy.attempts * PUT_OFF_FACTOR)
        throw new WorkflowFailure('webhook-gave-up', `${reason}; given up after ${tried} tries`);
      const askedMs = Math.min(retryAfterMs ?? 0, policy.maxBackoffMs);
      yield* sleep(Math.max(askedMs, backoffAfter(policy, tried, job.workflowId)));
    }
  },
});
