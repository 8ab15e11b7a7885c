import { describeWithBroker } from '../../broker/index.ts';
import { apiSuite } from './api-suite.ts';
import { onKafka } from './support.ts';

describeWithBroker('orders of several lines on Kafka', () => apiSuite(onKafka));
