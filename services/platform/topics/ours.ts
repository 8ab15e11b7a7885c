import { orderTopicSpecs, type TopicSpec, topicSpecs } from '../../../core/mod.ts';

/** The topics of the billing lab and of the orders ecosystem, all with one partition count. */
export function ourTopicSpecs(partitions: number): readonly TopicSpec[] {
  return [...topicSpecs(partitions), ...orderTopicSpecs(partitions)];
}
