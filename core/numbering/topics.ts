import type { TopicSpec } from '../messages/transport.ts';

/** The topic of the numbering, beside questions and answers. */
export const numberingTopics = {
  /** Bills that want a number, keyed by the series that counts them. */
  billNumberRequests: 'bill-number-requests',
} as const;

/** The topics of the numbering, each with the partition count of all others. */
export function numberingTopicSpecs(partitions: number): readonly TopicSpec[] {
  return Object.values(numberingTopics).map((name) => ({ name, partitions }));
}
