// What the routes of the Orders service share: waiting reads, and answers that say who gave them.
import { Type } from '@sinclair/typebox';
import { Identifier, OrderId } from '../../core/mod.ts';
import { HttpProblem } from '../platform/http/index.ts';
import { type Answered, isForwarded } from '../platform/view/index.ts';
import type { Asked } from './orders.ts';

/** The longest wait: less than the 120 s after which a silent connection is closed. */
const MAX_TIMEOUT_MS = 110_000;

export const timeout = Type.Integer({
  minimum: 0,
  maximum: MAX_TIMEOUT_MS,
  default: 10_000,
  description: 'how long to wait, in milliseconds; 0 does not wait',
});
export const WaitQuery = Type.Object({ timeout });
export const customer = Type.Intersect([Identifier], { description: 'whose orders' });
export const limit = Type.Integer({
  minimum: 1,
  maximum: 500,
  default: 100,
  description: 'at most so many orders',
});
export const Path = Type.Object({ id: OrderId });

export const askedBy = (request: Request): Asked => ({
  forwarded: isForwarded(request),
  signal: request.signal,
});

/** The answer with who gave it, or 504 that says what to do. */
export function reply<T>(found: Answered<T> | undefined, detail: string): Response {
  if (found !== undefined) return Response.json(found.value, { headers: served(found.servedBy) });
  throw new HttpProblem({ status: 504, code: 'not-in-time', detail });
}

export const served = (url: string): Record<string, string> => ({ 'requite-served-by': url });

/** Throws 400: who sends this header relies on what is not done here. */
export function refuseIdempotencyKey(request: Request): void {
  if (!request.headers.has('idempotency-key')) return;
  const detail =
    'Here the "id" of the order is its idempotency key: send it in the body instead of Idempotency-Key.';
  throw new HttpProblem({ status: 400, code: 'unsupported-header', detail });
}

/** What `POST` of an order can answer, for the API's description. */
export const placedResponses = {
  201: { description: 'Placed, now or before.' },
  409: { description: 'Another order has this id.' },
  503: { description: 'Not confirmed: send it again with the id that the answer names.' },
};
