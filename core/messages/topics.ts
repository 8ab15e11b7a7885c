import type { TopicSpec } from './transport.ts';

/** The names of the topics: a public contract, the same in every deployment. */
export const topics = {
  workflowQueue: 'workflow-queue',
  workflowCommands: 'workflow-commands',
  questions: 'questions-topic',
  answers: 'answers-topic',
  workflowEvents: 'workflow-events',
  billingRuns: 'billing-runs',
  customers: 'customers',
  deadLetters: 'dead-letters',
} as const;

/** So long every claim to a run-id stays readable, so that whoever folds the topic sees which came first. */
const FIRST_CLAIM_MS = 7 * 24 * 3_600_000;
/** A dead letter is a record as it came, with headers that say why: larger than what its own topic takes. */
const DEAD_LETTER_BYTES = 8 * 1024 * 1024;

/** All topics of the billing lab, each with the same partition count, so that a job keeps its partition number. */
export function topicSpecs(partitions: number): readonly TopicSpec[] {
  const needs: Readonly<Record<string, Omit<TopicSpec, 'name' | 'partitions'>>> = {
    [topics.billingRuns]: { compacted: true, compactionLagMs: FIRST_CLAIM_MS },
    [topics.customers]: { compacted: true },
    [topics.deadLetters]: { maxRecordBytes: DEAD_LETTER_BYTES },
  };
  return Object.values(topics).map((name) => ({ name, partitions, ...needs[name] }));
}
