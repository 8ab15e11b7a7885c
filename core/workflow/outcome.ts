import { canonicalJson, type Json } from '../messages/json.ts';
import type { JobEvent } from '../messages/schemas.ts';
import { sha256 } from '../messages/sha256.ts';
import type { Arrival, Step, StepOutcome } from './job.ts';

/** SHA-256 of a step's outcome, by which a finished job tells a repeat from a contradiction. */
export function outcomeHashOf(outcome: StepOutcome): string {
  return sha256(canonicalJson(outcome as unknown as Json));
}

/** What a finished job keeps of a step: the hash of its outcome, or '' where it had none. */
export function tombstoneHashOf({ kind, name, outcome }: Step): string {
  if (outcome === null) return '';
  return kind === 'expect' && outcome.kind === 'abandoned'
    ? abandonedEventHash(name)
    : outcomeHashOf(outcome);
}

/** The hash of an abandoned `expect` names its topic: events that it might have taken may still come. */
export const abandonedEventHash = (topic: string): string =>
  sha256(canonicalJson({ kind: 'abandoned', topic }));

/** What a report says of a step that got its outcome. */
export function settledEvent(step: number, outcome: Arrival): JobEvent {
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
