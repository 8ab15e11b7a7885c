import type { Registry } from 'prom-client';
import type { Ledger } from '../../../core/mod.ts';
import { type Backing, type JobStoreKind, openBacking } from '../backing.ts';
import { createLogger, type Logger } from '../log.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { type KafkaSettings, kafkaSettings } from '../transport/kafka/settings.ts';
import type { Loop } from './loop.ts';
import { type OtherTopic, prepareTopics } from './prepare.ts';

/** What every host of the library takes. All optional: the embedded log in `./data` is the default. */
export interface HostSettings {
  /** Where the embedded log and SQLite's jobs live. Default './data'. */
  readonly dataDir?: string;
  /** A Kafka or Redpanda cluster, as `host:port`, several separated by commas. Default: the embedded log. */
  readonly brokers?: string | undefined;
  /** More about the cluster: client, TLS, SASL, time limits. */
  readonly kafka?: Partial<Omit<KafkaSettings, 'brokers'>>;
  /** Where suspended jobs are kept. Default 'embedded'; with brokers 'postgres' where `postgresUrl` is given, else 'kafka'. */
  readonly jobStore?: JobStoreKind;
  /** `postgres://user:password@host:port/database`, for the job store 'postgres'. */
  readonly postgresUrl?: string | undefined;
  /** With jobs in Kafka: how many other members of the group keep a copy of each partition's jobs. Default 1. */
  readonly jobStandby?: number;
  /** False: the embedded log and jobs in SQLite are not flushed to the disk, which a power cut may show. Default true. */
  readonly fsync?: boolean;
  /** Partitions of each topic, where they are created here. Default: those that they have, or 4. */
  readonly partitions?: number | null;
  /** An opened backing to share; the host then leaves closing it to you. */
  readonly backing?: Backing;
  /** Ends a start that still waits for the log. */
  readonly stopping?: AbortSignal | undefined;
  /** A pino logger; default: warnings and errors on standard output. */
  readonly logger?: Logger;
  /** A prom-client registry: where records, batches, jobs and lag are counted. Default: nowhere. */
  readonly metrics?: Registry | undefined;
  /** Where spans are told. Default: nowhere, and the traces of others are passed on. */
  readonly telemetry?: Telemetry | undefined;
}

export interface OpenHost {
  readonly backing: Backing;
  readonly logger: Logger;
  /** Sees to the topics, and returns their partition count; waits for as long as the log is away. */
  prepare(others?: readonly OtherTopic[]): Promise<number>;
  close(): Promise<void>;
}

/** Opens what the settings name, or takes what they bring. */
export async function openHost(settings: HostSettings): Promise<OpenHost> {
  const logger =
    settings.logger ??
    createLogger({ logLevel: 'warn', logFormat: process.stdout.isTTY === true ? 'pretty' : 'json' });
  const { brokers, partitions = null, stopping, jobStandby, fsync } = settings;
  const backing =
    settings.backing ??
    (await openBacking(
      {
        dataDir: settings.dataDir ?? './data',
        kafka: brokers === undefined ? null : kafkaSettings(brokers, settings.kafka),
        jobStore: settings.jobStore ?? null,
        postgresUrl: settings.postgresUrl ?? null,
        ...(jobStandby === undefined ? {} : { jobStandby }),
        ...(fsync === undefined ? {} : { fsync }),
      },
      logger,
    ));
  const close = async (): Promise<void> => {
    if (settings.backing === undefined) await backing.close();
  };
  const prepare = async (others: readonly OtherTopic[] = []): Promise<number> => {
    try {
      return await prepareTopics({ transport: backing.transport, partitions, logger, others, stopping });
    } catch (error) {
      await close();
      throw error;
    }
  };
  return { backing, logger, prepare, close };
}

/** A running host. */
export interface Host {
  /** Where every record read has ended (invariant 6). */
  readonly ledger: Readonly<Ledger>;
  /** 'running', or what it waits for. */
  readiness(): string;
  /** Finishes what is in hand, commits, and leaves the group. */
  stop(): Promise<void>;
}

/** The host of a running loop: stopping it closes what was opened for it. */
export function hostOf(loop: Loop, host: OpenHost): Host {
  return {
    ledger: loop.ledger,
    readiness: () => loop.readiness(),
    stop: async () => {
      await loop.stop();
      await host.close();
    },
  };
}
