import { hash } from 'node:crypto';
import { join } from 'node:path';
import {
  type CommitUnit,
  commitInOrder,
  type JobStore,
  MemoryJobStore,
  type Transport,
  useSha256,
} from '../../core/mod.ts';
import { BackingError } from './backing-error.ts';
import { createLogger, type Logger } from './log.ts';
import type { KafkaSettings } from './transport/kafka/settings.ts';

/** What a host runs on: a log, a job store, and how a unit of work is made durable on the two. */
export interface Backing {
  readonly kind: 'embedded' | 'kafka';
  /** The log and the job store in a few words, for people. */
  readonly description: string;
  readonly transport: Transport;
  readonly jobStore: JobStore;
  readonly commit: CommitUnit;
  /** Whether changes, records and offsets are one transaction, so that nothing is ever published again. */
  readonly atomic: boolean;
  /**
   * Where each consumer group's jobs are kept apart: the same for one member of this group. What keeps jobs joins, decides
   * and commits with what this gives (see `backingFor`); closing the whole closes it.
   */
  forGroup?(group: string): Backing;
  /** What this choice can't do, for whoever runs workflows on it. */
  readonly limit?: string | undefined;
  close(): Promise<void>;
}

/**
 * Where suspended jobs are kept: `embedded`, in the embedded log's own file and transaction; `kafka`, in compacted topics
 * of the cluster, in one transaction with the records and the offsets; `sqlite`, in a file of their own, saved before
 * the log; `postgres`, in a database that engines on any machine share, saved before the log; `memory`, lost at exit.
 */
export type JobStoreKind = 'embedded' | 'kafka' | 'sqlite' | 'postgres' | 'memory';

export interface BackingSettings {
  /** Where the embedded log and the SQLite job store live. */
  readonly dataDir: string;
  /** The cluster to use; null or left out: the embedded log. */
  readonly kafka?: KafkaSettings | null;
  /**
   * Default: 'embedded' on the embedded log; beside a broker 'postgres' where there is a `postgresUrl`, else 'kafka' ('sqlite'
   * with the client librdkafka, which has no transactions here).
   */
  readonly jobStore?: JobStoreKind | null;
  /** `postgres://user:password@host:port/database` for the job store `postgres`. */
  readonly postgresUrl?: string | null;
  /** For the job store 'kafka': how many other members of a group keep a copy of each partition's jobs. Default 1. */
  readonly jobStandby?: number;
  /**
   * Whether the embedded log and the SQLite job store flush each unit of work to the disk before it counts. Without it a
   * crash of the process loses nothing, but a power cut may lose the last units. Default true.
   */
  readonly fsync?: boolean;
}

/** What a job store can't do beside a broker, which whoever starts a service should know. */
const LIMITS: Partial<Record<JobStoreKind, string | undefined>> = {
  sqlite:
    'jobs are kept in a file: only engines that share DATA_DIR can take them over; POSTGRES_URL lets engines on any machine',
  kafka:
    process.versions.bun === undefined
      ? 'jobs are kept on the cluster, and read into memory at each start: have room for the JSON of all of them'
      : undefined,
  memory: 'jobs are kept in memory: those that wait for answers are lost when the process ends',
};

/** What a member of this group works on. */
export function backingFor(group: string, backing: Backing): Backing {
  return backing.forGroup?.(group) ?? backing;
}

/** Opens the backing for these settings. It doesn't wait for brokers or databases: what needs them does. */
export async function openBacking(settings: BackingSettings, logger?: Logger): Promise<Backing> {
  const { dataDir, kafka = null } = settings;
  // every host is opened here, and the core may import nothing of a runtime
  useSha256((text) => hash('sha256', text));
  const store = jobStoreOf(settings);
  const log =
    logger ??
    createLogger({ logLevel: 'warn', logFormat: process.stdout.isTTY === true ? 'pretty' : 'json' });
  if (kafka === null) return openOnEmbedded(dataDir, store, settings);
  if (store === 'kafka') return openOnKafkaAlone(kafka, settings, log);
  const jobStore = await openJobStore(store, settings);
  const transport = await openTransport(kafka, log);
  return assemble('kafka', `Kafka at ${kafka.brokers.join(', ')}`, transport, store, jobStore);
}

/** The job store that these settings come to. Throws `BackingError` where they contradict each other. */
export function jobStoreOf({
  kafka = null,
  jobStore = null,
  postgresUrl = null,
}: BackingSettings): JobStoreKind {
  const kind = jobStore ?? defaultStore(kafka, postgresUrl);
  if (kind === 'embedded' && kafka !== null) {
    throw new BackingError(
      'the job store "embedded" is part of the embedded log: beside a broker take kafka or postgres (engines on any machine) or sqlite (of one)',
    );
  }
  if (kind === 'kafka' && kafka === null)
    throw new BackingError('the job store "kafka" keeps the jobs on a cluster: set BROKERS');
  if (kind === 'kafka' && kafka?.client === 'librdkafka') {
    throw new BackingError(
      'the job store "kafka" needs transactions, which KAFKA_CLIENT=librdkafka does not give here: take KAFKA_CLIENT=platformatic, or the job store postgres or sqlite',
    );
  }
  if (kind === 'postgres' && postgresUrl === null)
    throw new BackingError('the job store "postgres" needs the address of a database: set POSTGRES_URL');
  return kind;
}

function defaultStore(kafka: KafkaSettings | null, postgresUrl: string | null): JobStoreKind {
  if (kafka === null) return 'embedded';
  if (postgresUrl !== null) return 'postgres';
  return kafka.client === 'librdkafka' ? 'sqlite' : 'kafka';
}

async function openOnEmbedded(
  dataDir: string,
  kind: JobStoreKind,
  settings: BackingSettings,
): Promise<Backing> {
  if (process.versions.bun === undefined) {
    throw new BackingError('the embedded log needs Bun: on Node, name a broker (BROKERS, or `brokers`)');
  }
  const { openEmbedded } = await import('./transport/embedded/open.ts');
  const jobStore = kind === 'embedded' ? null : await openJobStore(kind, settings);
  const embedded = openEmbedded(dataDir, { fsync: settings.fsync ?? true });
  const description = `embedded in ${dataDir}`;
  if (jobStore === null) return { kind: 'embedded', description, atomic: true, ...embedded };
  return assemble('embedded', description, embedded, kind, jobStore);
}

async function openTransport(
  kafka: KafkaSettings,
  logger: Logger,
): Promise<{ transport: Transport; close(): Promise<void> }> {
  if (kafka.client === 'librdkafka') {
    const { openLibrdkafka } = await import('./transport/librdkafka/open.ts');
    const transport = await openLibrdkafka(kafka, logger);
    return { transport, close: () => transport.close() };
  }
  const { KafkaTransport } = await import('./transport/kafka/transport.ts');
  const transport = new KafkaTransport(kafka, logger);
  return { transport, close: () => transport.close() };
}

async function openJobStore(
  kind: JobStoreKind,
  { dataDir, postgresUrl, fsync = true }: BackingSettings,
): Promise<JobStore> {
  if (kind === 'memory') return new MemoryJobStore();
  if (kind === 'postgres') {
    const { openPostgresJobStore } = await import('./store/postgres/postgres-job-store.ts');
    return openPostgresJobStore(postgresUrl ?? '');
  }
  if (process.versions.bun === undefined)
    throw new BackingError(
      'the job store "sqlite" needs Bun: on Node, take postgres (or memory, to try things out)',
    );
  const { openSqliteJobStore } = await import('./store/sqlite/sqlite-job-store.ts');
  return openSqliteJobStore(join(dataDir, 'jobs.db'), { fsync });
}

/** Jobs, records and offsets on the cluster, each group's for itself. */
async function openOnKafkaAlone(
  kafka: KafkaSettings,
  { dataDir, jobStandby = 1 }: BackingSettings,
  logger: Logger,
): Promise<Backing> {
  const { openKafkaJobs } = await import('./store/kafka/open.ts');
  const { noJobs } = await import('./store/kafka/no-jobs.ts');
  const cluster = await openKafkaJobs(kafka, { dataDir, logger, standbyCopies: jobStandby });
  const common = {
    kind: 'kafka',
    description: `Kafka at ${kafka.brokers.join(', ')}; jobs in kafka`,
    atomic: true,
    limit: LIMITS.kafka,
    close: () => cluster.close(),
  } as const;
  const forGroup = (group: string): Backing => ({ ...common, ...cluster.forGroup(group), forGroup });
  return { ...common, ...noJobs, transport: cluster.transport, forGroup };
}

/** A log and a job store that are separate things. */
function assemble(
  kind: Backing['kind'],
  description: string,
  log: { readonly transport: Transport; close(): Promise<void> },
  store: JobStoreKind,
  jobStore: JobStore,
): Backing {
  const close = async (): Promise<void> => {
    await log.close();
    await jobStore.close();
  };
  return {
    kind,
    description: `${description}; jobs in ${store}`,
    atomic: false,
    limit: kind === 'kafka' ? LIMITS[store] : undefined,
    transport: log.transport,
    jobStore,
    commit: commitInOrder(jobStore),
    close,
  };
}
