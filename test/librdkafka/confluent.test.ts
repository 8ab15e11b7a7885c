/** librdkafka on Node, through @confluentinc/kafka-javascript. */
import { describeWithConfluent } from '../node/describe.ts';
import { contractOver } from './contract.ts';
import { storiesOver } from './stories.ts';
import { unmetByLibrdkafka } from './unmet.ts';

const client = '@confluentinc/kafka-javascript on Node';

await describeWithConfluent(client, async ({ node, folder }) => {
  storiesOver(client, node.path, folder);
  await contractOver(client, { runtime: node.path, within: folder, unmet: unmetByLibrdkafka });
});
