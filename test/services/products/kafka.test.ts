import { describeWithBroker } from '../../broker/index.ts';
import { onKafka } from '../orders/support.ts';
import { productsSuite } from './suite.ts';

describeWithBroker('the Product service on Kafka', () => productsSuite(onKafka));
