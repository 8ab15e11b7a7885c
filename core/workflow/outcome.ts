import { canonicalJson, type Json } from '../messages/json.ts';
import type { JobEvent } from '../messages/schemas.ts';
import { sha256 } from '../messages/sha256.ts';
import type { StepOutcome } from './job.ts';

/** SHA-256 of a step's outcome, by which a finished job tells a repeat from a contradiction. */
export function outcomeHashOf(outcome: StepOutcome): string {
  return sha256(canonicalJson(outcome as unknown as Json));
}

/** What a report says of a step that got its outcome. */
export function settledEvent(step: number, outcome: StepOutcome): JobEvent {
  switch (outcome.kind) {
    case 'answer':
      return { event: 'answered', step };
    case 'error':
      return { event: 'answered', step, error: outcome.error };
    case 'expired':
      return { event: 'expired', step };
    case 'elapsed':
      return { event: 'elapsed', step };
    default:
      return outcome satisfies never;
  }
}
