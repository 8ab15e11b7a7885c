import { type Static, Type } from '@sinclair/typebox';
import type { SchemaOf } from '../billing/schema.ts';
import { sha256 } from '../messages/sha256.ts';

/** Every try is two steps of the job, of which it has a bounded number, and keeps what it asked. */
export const MAX_WEBHOOK_ATTEMPTS = 50;

const RetryPolicySchema = Type.Object({
  /** So many attempts fail before the notification does. */
  attempts: Type.Integer({ minimum: 1, maximum: MAX_WEBHOOK_ATTEMPTS }),
  /** The wait after the first attempt, in milliseconds; it doubles with each. */
  backoffMs: Type.Integer({ minimum: 1 }),
  /** The longest wait, in milliseconds, also where the receiver asks for a longer one. */
  maxBackoffMs: Type.Integer({ minimum: 1 }),
});
/** How often, and how soon, something is tried again. */
export type RetryPolicy = Static<typeof RetryPolicySchema>;
export const RetryPolicy: SchemaOf<RetryPolicy> = RetryPolicySchema;

/** Of 13 hexadecimal digits: as many bits as a fraction has. */
const FRACTION_DIGITS = 13;

/**
 * How long to wait after a try (counted from 1), in milliseconds: exponential, with a jitter that follows from `seed` and
 * the try, so that a replay waits as long, and many that failed together don't all come again together. Between half of
 * the full wait and all of it.
 */
export function backoffAfter({ backoffMs, maxBackoffMs }: RetryPolicy, tried: number, seed: string): number {
  const fullMs = Math.min(maxBackoffMs, backoffMs * 2 ** (tried - 1));
  const digits = sha256(`${seed}\n${tried}`).slice(0, FRACTION_DIGITS);
  const fraction = Number.parseInt(digits, 16) / 16 ** FRACTION_DIGITS;
  return Math.max(1, Math.round((fullMs / 2) * (1 + fraction)));
}
