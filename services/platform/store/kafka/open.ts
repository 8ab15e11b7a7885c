import { join } from 'node:path';
import type {
  CommitUnit,
  Consumer,
  JobStore,
  JoinOptions,
  OutgoingRecord,
  Reader,
  ReadOptions,
  TopicSpec,
  Transport,
} from '../../../../core/mod.ts';
import type { Logger } from '../../log.ts';
import type { KafkaSettings } from '../../transport/kafka/settings.ts';
import {
  type BeforeStep,
  type TransactionVersion,
  TransactionWire,
} from '../../transport/kafka/transactions/wire.ts';
import { KafkaTransport } from '../../transport/kafka/transport.ts';
import { BufferedJobCache } from './buffered-cache.ts';
import type { JobCache } from './cache.ts';
import { KafkaGroup } from './group.ts';
import { WriteBehindJobCache } from './write-behind-cache.ts';

export interface KafkaJobsOptions {
  /** Where the copies are kept. */
  readonly dataDir: string;
  readonly logger: Logger;
  /** How many other members keep a copy of each partition's jobs, so that they can take it over quickly. Default 1. */
  readonly standbyCopies?: number;
  /** For tests: the latest version of transactions to take, of those that the cluster knows. Default: whichever it knows. */
  readonly transactions?: TransactionVersion;
  /** For tests: called before each request of a transaction. */
  readonly beforeStep?: BeforeStep;
  /** Opens a group's copy of what is named so. Default: a file in `dataDir` on Bun, memory elsewhere. */
  readonly openCache?: (group: string, source: string) => JobCache;
}

/** What one member of one group works with. */
export interface GroupJobs {
  /** The cluster; whoever joins the group through it writes transactions. */
  readonly transport: Transport;
  readonly jobStore: JobStore;
  readonly commit: CommitUnit;
}

/** A cluster that keeps the jobs too. */
export interface KafkaJobsCluster {
  readonly transport: KafkaTransport;
  forGroup(group: string): GroupJobs;
  close(): Promise<void>;
}

/** Opens the cluster's log and jobs; it waits for nothing. */
export async function openKafkaJobs(
  settings: KafkaSettings,
  options: KafkaJobsOptions,
): Promise<KafkaJobsCluster> {
  const { dataDir, logger, beforeStep, standbyCopies = 1 } = options;
  const openCache = options.openCache ?? (await cacheOpener(join(dataDir, 'jobs')));
  const transport = new KafkaTransport(settings, logger);
  const wire = new TransactionWire(settings, { beforeStep, highest: options.transactions });
  const groups = new Set<KafkaGroup>();
  return {
    transport,
    forGroup: (group) => {
      const jobs = new KafkaGroup({
        group,
        settings,
        transport,
        wire,
        logger,
        standbyCopies,
        openCache: (source) => openCache(group, source),
      });
      groups.add(jobs);
      return {
        transport: new GroupTransport(transport, group, jobs),
        jobStore: jobs.jobStore,
        commit: jobs.commit,
      };
    },
    close: async () => {
      await Promise.all([...groups].map((each) => each.close()));
      await transport.close();
      await wire.close();
    },
  };
}

async function cacheOpener(directory: string): Promise<(group: string, source: string) => JobCache> {
  if (process.versions.bun === undefined) {
    const { MemoryJobCache } = await import('./memory-cache.ts');
    return () => new MemoryJobCache();
  }
  const { openSqliteCache } = await import('./sqlite-cache.ts');
  return (group, source) =>
    bufferedCache(openSqliteCache(join(directory, encodeURIComponent(group)), source));
}

/** A copy on a disk with what spares it: changes go there many at a time, and a take-over does not wait for it. */
export const bufferedCache = (copy: JobCache): JobCache =>
  new BufferedJobCache(new WriteBehindJobCache(copy));

/** The cluster as a member of the group sees it. */
class GroupTransport implements Transport {
  readonly #transport: KafkaTransport;
  readonly #group: string;
  readonly #jobs: KafkaGroup;

  constructor(transport: KafkaTransport, group: string, jobs: KafkaGroup) {
    this.#transport = transport;
    this.#group = group;
    this.#jobs = jobs;
  }

  join(options: JoinOptions): Promise<Consumer> {
    return options.group === this.#group ? this.#jobs.join(options) : this.#transport.join(options);
  }

  createTopics(topics: readonly TopicSpec[]): Promise<void> {
    return this.#transport.createTopics(topics);
  }

  publish(records: readonly OutgoingRecord[]): Promise<void> {
    return this.#transport.publish(records);
  }

  read(options: ReadOptions): Promise<Reader> {
    return this.#transport.read(options);
  }

  endOffsets(topic: string): Promise<readonly number[]> {
    return this.#transport.endOffsets(topic);
  }

  logId(): Promise<string> {
    return this.#transport.logId();
  }

  close(): Promise<void> {
    return this.#transport.close();
  }
}
