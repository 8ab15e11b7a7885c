import { beforeAll } from 'bun:test';
import { describeWithBroker, sharedBroker, uniqueName } from '../../broker/index.ts';
import { callsSuite } from './processes-suite.ts';

describeWithBroker('calls of processes that know each other by a broker', () => {
  let brokers = '';
  beforeAll(async () => {
    ({ brokers } = await sharedBroker());
  });
  callsSuite(async () => ({ brokers, prefix: uniqueName('calls') }));
});
