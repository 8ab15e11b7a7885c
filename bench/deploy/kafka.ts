import { readSettings } from '../../services/platform/config.ts';
import type { KafkaSettings } from '../../services/platform/transport/kafka/settings.ts';
import { deleteTopics, topicsThere } from './topics.ts';

/** A cluster to measure on. */
export interface Cluster {
  /** The environment that leads the services to it. */
  readonly env: Readonly<Record<string, string>>;
  /** What it is, for people. */
  readonly description: string;
  /** The broker's process, where the bench has started it; else null. */
  readonly pid: number | null;
  /** Deletes our topics. */
  clear(): Promise<void>;
  /** Deletes our topics, and ends the cluster if it is the bench's own. */
  close(): Promise<void>;
}

/** The cluster that BROKERS names, else one of the bench's own. Throws where there is none, or it is in use. */
export async function openCluster(wipe: boolean): Promise<Cluster> {
  const { BROKERS: brokers } = process.env;
  if (brokers === undefined || brokers.trim() === '') return openOwn();
  const env = givenEnvironment();
  const settings = settingsOf(env);
  const there = await topicsThere(settings);
  if (there.length > 0 && !wipe) {
    throw new Error(
      `the cluster ${brokers} has ${there.join(', ')} already. The bench deletes and creates our topics again and again: ` +
        'give it a cluster of its own, or --wipe if nothing there is worth keeping.',
    );
  }
  const clear = (): Promise<void> => deleteTopics(settings);
  return { env, description: `given, ${brokers}`, pid: null, clear, close: clear };
}

/** BROKERS and all KAFKA_ settings, as they were given to us. */
function givenEnvironment(): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      (entry): entry is [string, string] =>
        /^(BROKERS|REPLICATION|KAFKA_\w+)$/.test(entry[0]) && entry[1] !== undefined,
    ),
  );
}

function settingsOf(env: Readonly<Record<string, string>>): KafkaSettings {
  const { kafka } = readSettings({ ...env, JOB_STORE: 'memory' }, false);
  if (kafka === null) throw new Error('no cluster is named: set BROKERS');
  return kafka;
}

/** Apache Kafka as a process, or where there is no Java, Redpanda in a container. */
async function openOwn(): Promise<Cluster> {
  // loaded here only: it looks for Docker and Java at once
  const { brokerSource, canStartCluster } = await import('../../test/broker/source.ts');
  if (canStartCluster) {
    const { startCluster } = await import('../../test/broker/cluster.ts');
    const { brokers, pid, close } = await startCluster();
    return ownAt(
      brokers,
      "the bench's own Apache Kafka, one node, as it comes: acknowledged before it is flushed",
      close,
      pid(0),
    );
  }
  if (brokerSource !== 'redpanda')
    throw new Error('set BROKERS, or install Java 17 and Maven, or start Docker');
  const { startRedpanda } = await import('../../test/broker/redpanda.ts');
  const { brokers, stop } = await startRedpanda();
  return ownAt(brokers, "the bench's own Redpanda in a container, one node", stop);
}

function ownAt(
  brokers: string,
  description: string,
  close: () => Promise<void>,
  pid: number | null = null,
): Cluster {
  const env = { BROKERS: brokers };
  return { env, description, pid, clear: () => deleteTopics(settingsOf(env)), close };
}
