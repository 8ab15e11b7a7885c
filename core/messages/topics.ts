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

/** All topics of the billing lab, each with the same partition count, so that a job keeps its partition number. */
export function topicSpecs(partitions: number): readonly TopicSpec[] {
  const compacted: readonly string[] = [topics.billingRuns, topics.customers];
  return Object.values(topics).map((name) => ({ name, partitions, compacted: compacted.includes(name) }));
}
