// The log that the services would use: whether it answers, and whether its topics are as they should be.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Settings } from '../../platform/config.ts';
import { openLogAdmin } from '../../platform/topics/open.ts';
import { jobTopicSpecs, ourTopicSpecs } from '../../platform/topics/ours.ts';
import { within } from '../../platform/topics/patience.ts';
import type { TopicDetails } from '../../platform/topics/port.ts';
import { clusterFacts, connectionProblem } from '../../platform/transport/kafka/broker-facts.ts';
import type { KafkaSettings } from '../../platform/transport/kafka/settings.ts';
import { type Check, failure, ok, reasonOf, warning } from './check.ts';

/** For the embedded log; a cluster has as long as a request to it may take. */
const WITHIN_MS = 10_000;

export async function checkLog(settings: Settings): Promise<readonly Check[]> {
  const { kafka, dataDir } = settings;
  if (kafka !== null) return await checkCluster(kafka, settings);
  if (!existsSync(join(dataDir, 'requite.db')))
    return [ok('log', `the embedded one, to be made in ${dataDir} by the first service`)];
  const described = ok('log', `the embedded one in ${dataDir}: for one machine`);
  return [described, ...(await checkTopics(settings, 1))];
}

async function checkCluster(kafka: KafkaSettings, settings: Settings): Promise<readonly Check[]> {
  const connections = await Promise.all(kafka.brokers.map((broker) => checkBroker(broker, kafka)));
  if (connections.every(({ state }) => state === 'failure')) return connections;
  try {
    const { brokers, protocol, transactions } = await within(kafka.requestTimeoutMs, () =>
      clusterFacts(kafka),
    );
    const facts = ok(
      'cluster',
      `${brokers} broker${brokers === 1 ? '' : 's'}, protocol of Apache Kafka ${protocol}`,
    );
    const jobs =
      settings.jobStore === 'kafka' && !transactions
        ? [
            failure(
              'jobs in Kafka',
              'the cluster has no transactions',
              'Keep them in PostgreSQL: POSTGRES_URL.',
            ),
          ]
        : [];
    return [...lenient(connections), facts, ...jobs, ...(await checkTopics(settings, brokers))];
  } catch (error) {
    // it takes connections, and then says nothing of use: the reason is what is asked for
    const fix =
      'See that BROKERS names a Kafka listener for this machine, and the KAFKA_ settings for TLS and SASL.';
    return [...connections, failure('cluster', reasonOf(error), fix)];
  }
}

async function checkBroker(broker: string, { requestTimeoutMs }: KafkaSettings): Promise<Check> {
  const problem = await connectionProblem(broker, requestTimeoutMs);
  if (problem === null) return ok(`broker ${broker}`, 'takes connections');
  return failure(`broker ${broker}`, `can't be reached: ${problem}`, 'Start it, or correct BROKERS.');
}

/** Where one broker answers, it leads to the others. */
const lenient = (connections: readonly Check[]): readonly Check[] =>
  connections.map((check) => (check.state === 'failure' ? { ...check, state: 'warning' } : check));

async function checkTopics(settings: Settings, brokers: number): Promise<readonly Check[]> {
  const specs = [...ourTopicSpecs(1), ...(settings.jobStore === 'kafka' ? jobTopicSpecs(1) : [])];
  const names = specs.map(({ name }) => name);
  try {
    const admin = await openLogAdmin(settings);
    try {
      const found = await within(settings.kafka?.requestTimeoutMs ?? WITHIN_MS, () => admin.topics(names));
      return [...missing(names, found, settings), ...counts(found, settings), ...copies(found, brokers)];
    } finally {
      await admin.close();
    }
  } catch (error) {
    return [failure('topics', reasonOf(error), 'Mend what it says; bun run topics list shows more.')];
  }
}

function missing(
  names: readonly string[],
  found: readonly TopicDetails[],
  { kafka }: Settings,
): readonly Check[] {
  const none = names.filter((name) => !found.some((topic) => topic.name === name));
  if (none.length === 0) return [ok('topics', `all ${names.length} are there`)];
  const detail = `${found.length} of ${names.length} are there; not yet: ${none.slice(0, 3).join(', ')}${none.length > 3 ? ', …' : ''}`;
  if (kafka?.autocreate === false)
    return [failure('topics', `${detail}; TOPICS_AUTOCREATE=false`, 'bun run topics create makes them.')];
  return [ok('topics', `${detail}: services make those that they need`)];
}

function counts(found: readonly TopicDetails[], { partitions }: Settings): readonly Check[] {
  const all = [...new Set(found.map((topic) => topic.partitions.length))];
  const [count] = all;
  if (count === undefined) return [];
  if (all.length > 1)
    return [
      failure(
        'partitions',
        `topics have ${all.join(' and ')} of them`,
        'All need one count: make those anew that differ (bun run topics list).',
      ),
    ];
  if (partitions !== null && partitions !== count)
    return [
      failure(
        'partitions',
        `the topics have ${count}, and PARTITIONS asks for ${partitions}`,
        'Leave PARTITIONS unset: the count is fixed once the topics are there.',
      ),
    ];
  return [ok('partitions', String(count))];
}

function copies(found: readonly TopicDetails[], brokers: number): readonly Check[] {
  const single = found.filter(({ replication }) => replication === 1);
  if (brokers < 2 || single.length === 0) return [];
  const detail = `${single.length} topics have one copy on ${brokers} brokers: a lost broker takes what it has along`;
  return [
    warning(
      'copies',
      detail,
      'Add copies with kafka-reassign-partitions.sh, or make the topics anew with REPLICATION=3.',
    ),
  ];
}
