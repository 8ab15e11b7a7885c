import {
  choreographyTopicSpecs,
  notificationTopicSpec,
  numberingTopicSpecs,
  orderTopicSpecs,
  productTopicSpecs,
  type TopicSpec,
  topicSpecs,
} from '../../../core/mod.ts';

import { jobsTopicSpec } from '../store/kafka/jobs-topic.ts';
import { SERVICE_ACCESS } from './acls.ts';

/** The bus of the choreography, where EVENTBUS_NAME names no other. */
export const DEFAULT_BUS = 'events';

/** The topics of the billing lab, of the orders ecosystem, of the catalogue, of notifications and of the choreography, all with one partition count. */
export function ourTopicSpecs(partitions: number, eventBus: string = DEFAULT_BUS): readonly TopicSpec[] {
  return [
    ...topicSpecs(partitions),
    ...numberingTopicSpecs(partitions),
    ...orderTopicSpecs(partitions),
    ...productTopicSpecs(partitions),
    notificationTopicSpec(partitions),
    ...choreographyTopicSpecs(partitions, eventBus),
  ];
}

/** The topics in which, with JOB_STORE=kafka, the groups of our services keep their jobs. */
export function jobTopicSpecs(partitions: number): readonly TopicSpec[] {
  const groups = SERVICE_ACCESS.flatMap((each) => each.groups).filter(({ keepsJobs }) => keepsJobs);
  return [...new Set(groups.map(({ group }) => group))].map((group) => jobsTopicSpec(group, partitions));
}
