import type { CallPolicy } from './calls.ts';

const DEFAULTS: Required<CallPolicy> = {
  timeoutMs: 2_000,
  attemptTimeoutMs: 800,
  attempts: 3,
  concurrency: 64,
  breakAfter: 5,
  halfOpenAfterMs: 5_000,
};

/** All numbers of a policy; for what it leaves out, or what is no number above 0, the default. */
export function completed(policy: CallPolicy): Required<CallPolicy> {
  const number = (name: keyof CallPolicy): number => {
    const value = policy[name];
    return value !== undefined && Number.isFinite(value) && value > 0 ? value : DEFAULTS[name];
  };
  const count = (name: keyof CallPolicy): number => Math.max(1, Math.round(number(name)));
  return {
    timeoutMs: number('timeoutMs'),
    attemptTimeoutMs: number('attemptTimeoutMs'),
    attempts: count('attempts'),
    concurrency: count('concurrency'),
    breakAfter: count('breakAfter'),
    halfOpenAfterMs: number('halfOpenAfterMs'),
  };
}
