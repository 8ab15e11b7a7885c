import {
  choreographyTopicSpecs,
  notificationTopicSpec,
  orderTopicSpecs,
  productTopicSpecs,
  type TopicSpec,
  topicSpecs,
} from '../../../core/mod.ts';

/** The bus of the choreography, where EVENTBUS_NAME names no other. */
const DEFAULT_BUS = 'events';

/** The topics of the billing lab, of the orders ecosystem, of the catalogue, of notifications and of the choreography, all with one partition count. */
export function ourTopicSpecs(partitions: number): readonly TopicSpec[] {
  return [
    ...topicSpecs(partitions),
    ...orderTopicSpecs(partitions),
    ...productTopicSpecs(partitions),
    notificationTopicSpec(partitions),
    ...choreographyTopicSpecs(partitions, DEFAULT_BUS),
  ];
}
