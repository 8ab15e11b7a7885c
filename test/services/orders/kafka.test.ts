import { describeWithBroker } from '../../broker/index.ts';
import { chargesSuite } from './charges-suite.ts';
import { ordersSuite } from './suite.ts';
import { onKafka } from './support.ts';

describeWithBroker('the Orders service on Kafka', () => {
  ordersSuite(onKafka);
  chargesSuite(onKafka);
});
