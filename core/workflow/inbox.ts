import type { Json } from '../messages/json.ts';
import { topics } from '../messages/topics.ts';
import { type Decision, type Effect, MAX_INBOX, refused } from './decision.ts';
import type { Definitions } from './definitions.ts';
import type { InboxEntry, Job } from './job.ts';
import { abandonedEventHash, outcomeHashOf } from './outcome.ts';

const isSameQuestion = (one: InboxEntry, other: InboxEntry): boolean =>
  one.kind === 'answer' &&
  other.kind === 'answer' &&
  one.for === other.for &&
  one.workflowType === other.workflowType;

/**
 * Puts an entry into the inbox, without running the job. Null for an answer that the inbox has already; another
 * answer to the same question contradicts the first (invariant 3).
 */
export function addToInbox(job: Job, entry: InboxEntry, limit: number = MAX_INBOX): Decision | null {
  const first = job.inbox.find((each) => isSameQuestion(each, entry));
  if (first !== undefined) {
    if (outcomeHashOf(first.outcome) === outcomeHashOf(entry.outcome)) return null;
    return refused('contradicts-first-answer', 'another answer to this question came first and stands');
  }
  if (job.inbox.length >= limit) return inboxFull;
  return { outcome: 'applied', job: { ...job, inbox: [...job.inbox, entry] }, effects: [] };
}

/** Refuses what would be one too many (invariant 7). */
export const inboxFull: Decision = refused(
  'inbox-full',
  `${MAX_INBOX} answers and events wait for this workflow already`,
);

/**
 * Whether events on this topic that no `expect` took are none that somebody must look at: the definition says so, or
 * the job went on without an event that it had expected there.
 */
export function isSpare(topic: string, job: Job, definitions: Definitions): boolean {
  if (definitions.get(job.workflowType, job.version)?.unclaimedEvents === 'ignore') return true;
  if (job.outcomeHashes?.includes(abandonedEventHash(topic)) === true) return true;
  return job.steps.some(
    ({ kind, name, outcome }) => kind === 'expect' && name === topic && outcome?.kind === 'abandoned',
  );
}

/** What becomes of the inbox of a job that ends: dead letters, but for what is spare or for an abandoned step. */
export function discardUnused(
  job: Job,
  inbox: readonly InboxEntry[],
  definitions: Definitions,
): readonly Effect[] {
  const isLost = ({ for: place }: InboxEntry): boolean =>
    typeof place === 'number'
      ? job.steps[place]?.outcome?.kind !== 'abandoned'
      : !isSpare(place, job, definitions);
  return inbox.filter(isLost).map((entry) => discard(entry, 'never-asked'));
}

/** The effect that sends an inbox entry to the dead letters. */
export function discard(entry: InboxEntry, reason: string): Effect {
  const { outcome } = entry;
  const said: { readonly [key: string]: Json } =
    outcome.kind === 'answer'
      ? { answer: outcome.value }
      : outcome.kind === 'error'
        ? { error: { code: outcome.error.code, message: outcome.error.message } }
        : {};
  const topic = typeof entry.for === 'string' ? entry.for : topics.answers;
  return { kind: 'discard', topic, value: { for: entry.for, ...said }, reason };
}
