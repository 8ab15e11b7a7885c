import { ProduceAcks, Producer } from '@platformatic/kafka';
import { uniqueName } from '../../broker/index.ts';

/** A producer that is not ours, under a transactional id of its own. */
export function transactionalProducer(brokers: string): Producer {
  return new Producer({
    clientId: 'test',
    bootstrapBrokers: brokers.split(','),
    idempotent: true,
    acks: ProduceAcks.ALL,
    transactionalId: uniqueName('transactional'),
    retryDelay: 10,
    retries: 50,
  });
}
