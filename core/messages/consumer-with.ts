import type { Consumer } from './transport.ts';

/** This consumer, but for the calls that are given in their place. */
export function consumerWith(consumer: Consumer, calls: Partial<Consumer>): Consumer {
  return {
    partitions: () => consumer.partitions(),
    poll: (options) => consumer.poll(options),
    position: (topic, partition) => consumer.position(topic, partition),
    pause: (topic, partition) => consumer.pause(topic, partition),
    resume: (topic, partition) => consumer.resume(topic, partition),
    commit: (unit) => consumer.commit(unit),
    rewind: () => consumer.rewind(),
    close: () => consumer.close(),
    ...calls,
  };
}
