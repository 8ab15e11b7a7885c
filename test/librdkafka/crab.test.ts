/** librdkafka on Bun, through kafka-crab-js. */
import { contractOver } from './contract.ts';
import { storiesOver } from './stories.ts';
import { unmetByLibrdkafka } from './unmet.ts';

const client = 'kafka-crab-js on Bun';

storiesOver(client, process.execPath);
await contractOver(client, {
  runtime: process.execPath,
  unmet: {
    ...unmetByLibrdkafka,
    'records > headers and the time of the log travel along':
      'the package does not hand over the time of a record, so timestampMs is NaN',
    'a group of several > gains and losses are told, and what is lost has no position':
      'the package does not tell who had a partition during a rebalance, so each one is told as lost and gained again',
  },
});
