import type { TopicSpec } from './transport.ts';

/** The names of the topics: a public contract, the same in every deployment. */
export const topics = {
  workflowQueue: 'workflow-queue',
  workflowCommands: 'workflow-commands',
  questions: 'questions-topic',
  answers: 'answers-topic',
  workflowEvents: 'workflow-events',
  billingRuns: 'billing-runs',
  /** What was wanted of each run, by whom and when, and how much of it may be published: all of it stays. */
  runCommands: 'run-commands',
  customers: 'customers',
  deadLetters: 'dead-letters',
  /** Which dead letters were replayed, keyed by their partition and offset. */
  deadLetterReplays: 'dead-letter-replays',
  /** Live instances of services and of views, with heartbeats. */
  instances: 'instances',
  /** The settings that were set centrally, keyed by service and key. */
  configuration: 'configuration',
  /** Every change of a setting: who, when, from what to what. */
  configurationChanges: 'configuration-changes',
} as const;

/** So long every claim to a run-id stays readable, so that whoever folds the topic sees which came first. */
const FIRST_CLAIM_MS = 7 * 24 * 3_600_000;
/** A dead letter is a record as it came, with headers that say why: larger than what its own topic takes. */
const DEAD_LETTER_BYTES = 8 * 1024 * 1024;
/** Whoever starts reads all heartbeats that are left: old ones are to go soon. */
const HEARTBEATS_MS = 10 * 60_000;

/** The topics that every deployment has, each with the same partition count, so that a job keeps its partition number. */
export function topicSpecs(partitions: number): readonly TopicSpec[] {
  const needs: Readonly<Record<string, Omit<TopicSpec, 'name' | 'partitions'>>> = {
    [topics.billingRuns]: { compacted: true, compactionLagMs: FIRST_CLAIM_MS },
    [topics.customers]: { compacted: true },
    [topics.configuration]: { compacted: true },
    [topics.deadLetterReplays]: { compacted: true },
    [topics.instances]: { compacted: true, compactWithinMs: HEARTBEATS_MS },
    [topics.deadLetters]: { maxRecordBytes: DEAD_LETTER_BYTES },
  };
  return Object.values(topics).map((name) => ({ name, partitions, ...needs[name] }));
}
