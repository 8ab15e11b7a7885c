import { billingTopics } from './billing-topics.ts';
import { choreographyTopicContracts } from './choreography-topics.ts';
import type { TopicContract } from './contract.ts';
import { orderTopicContracts } from './order-topics.ts';
import { productTopicContracts } from './product-topics.ts';
import { sharedTopics } from './shared-topics.ts';
import { workflowTopics } from './workflow-topics.ts';

/** Every topic that is a contract, with a bus of this name. */
export const topicContracts = (eventBus: string): readonly TopicContract[] => [
  ...workflowTopics,
  ...billingTopics,
  ...orderTopicContracts,
  ...productTopicContracts,
  ...choreographyTopicContracts(eventBus),
  ...sharedTopics,
];
