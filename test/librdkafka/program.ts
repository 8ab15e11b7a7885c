/**
 * The Transport contract over librdkafka as a program, for whichever runtime runs it. With brokers in
 * REQUITE_CONTRACT_BROKERS it runs the cases and tells of each, once it has ended, in a line after a mark; imported
 * without, it only collects them.
 */
import { randomUUID } from 'node:crypto';
import { Admin } from '@platformatic/kafka';
import type { Transport } from '../../core/mod.ts';
import { kafkaSettings } from '../../services/platform/transport/kafka/settings.ts';
import { openLibrdkafka } from '../../services/platform/transport/librdkafka/open.ts';
import { NamespacedTransport } from '../contracts/namespaced.ts';
import { transportContract } from '../contracts/transport.ts';
import { silent } from './logger.ts';
import { moreContract } from './more.ts';
import { mark, type Outcome } from './outcome.ts';
import { cases } from './runner.ts';

export { cases };

const CASE_LIMIT_MS = 60_000;
const brokers = process.env.REQUITE_CONTRACT_BROKERS ?? '';

transportContract('librdkafka', async () => {
  const prefix = randomUUID().slice(0, 8);
  const settings = kafkaSettings(brokers, { client: 'librdkafka', sessionTimeoutMs: 6_000 });
  const opened: Transport[] = [];
  const connect = async (): Promise<Transport> => {
    const transport = new NamespacedTransport(await openLibrdkafka(settings, silent), prefix);
    opened.push(transport);
    return transport;
  };
  return {
    transport: await connect(),
    atomic: false,
    connect,
    expire: () => removeMembers(`${prefix}.billing`),
    close: async () => {
      await Promise.all(opened.map((each) => each.close()));
    },
  };
});

moreContract({
  brokers,
  open: ({ brokers: others = [brokers], ...given } = {}) =>
    openLibrdkafka(
      kafkaSettings(others, { client: 'librdkafka', sessionTimeoutMs: 6_000, ...given }),
      silent,
    ),
});

/** What an operator's tool does: the members find out with their next heartbeat. */
async function removeMembers(groupId: string): Promise<void> {
  const admin = new Admin({ clientId: 'operator', bootstrapBrokers: brokers.split(',') });
  const group = (await admin.describeGroups({ groups: [groupId] })).get(groupId);
  const members = [...(group?.members.keys() ?? [])].map((memberId) => ({ memberId }));
  await admin.removeMembersFromConsumerGroup({ groupId, members });
  await admin.close();
}

if (brokers !== '') {
  for (const { name, run } of cases) {
    const outcome = await outcomeOf(name, run);
    process.stdout.write(`${mark}${JSON.stringify(outcome)}\n`);
  }
  process.exit(0);
}

async function outcomeOf(name: string, run: () => Promise<void>): Promise<Outcome> {
  const begun = performance.now();
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error(`not within ${CASE_LIMIT_MS} ms`)), CASE_LIMIT_MS).unref();
  });
  let failure: string | null = null;
  try {
    await Promise.race([run(), late]);
  } catch (error) {
    failure = error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  return { name, failure, ms: Math.round(performance.now() - begun) };
}
