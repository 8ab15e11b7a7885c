import { type CommitUnit, type JobStore, type Transport, TransportError } from '../../../../core/mod.ts';
import { SqliteJobStore } from '../../store/sqlite/sqlite-job-store.ts';
import { EmbeddedConsumer } from './consumer.ts';
import { LogFile } from './log-file.ts';
import { EmbeddedTransport } from './transport.ts';

const HEARTBEAT_MS = 500;
const MEMBER_TIMEOUT_MS = 3_000;
const FALLBACK_POLL_MS = 100;
const COMPACTION_EVERY_MS = 60_000;

export interface EmbeddedOptions {
  /** How often members say that they live. Default 500. */
  readonly heartbeatMs?: number;
  /** How long a silent member keeps its partitions. Default 3,000; the same in all processes. */
  readonly memberTimeoutMs?: number;
  /** How often a partition of a compacted topic is compacted at most. Default 60,000; the same in all processes. */
  readonly compactionEveryMs?: number;
  /** How often to look for others' records where watching files doesn't work. Default 100; the first open decides. */
  readonly fallbackPollMs?: number;
  /**
   * Whether each transaction is flushed to the disk; the first open decides. Without it a power cut may take the last
   * ones, a crash of the process none. Default true.
   */
  readonly fsync?: boolean;
  /** The log's time, in milliseconds since 1970 UTC. */
  readonly now?: () => number;
}

/** Log, jobs and the unit of work over both, in one file. */
export interface Embedded {
  readonly transport: Transport;
  readonly jobStore: JobStore;
  /** Jobs, records and offsets in one transaction. A job of another revision throws `TransportError` ('fenced'). */
  readonly commit: CommitUnit;
  close(): Promise<void>;
}

/**
 * Opens a data directory (made with its parents where missing), for as many processes of one machine at once
 * as like. Throws `DataFileError`, which says what to do.
 */
export function openEmbedded(dataDir: string, options: EmbeddedOptions = {}): Embedded {
  const file = LogFile.acquire(dataDir, {
    fallbackPollMs: options.fallbackPollMs ?? FALLBACK_POLL_MS,
    fsync: options.fsync ?? true,
  });
  const transport = new EmbeddedTransport(file, {
    heartbeatMs: options.heartbeatMs ?? HEARTBEAT_MS,
    memberTimeoutMs: options.memberTimeoutMs ?? MEMBER_TIMEOUT_MS,
    compactionEveryMs: options.compactionEveryMs ?? COMPACTION_EVERY_MS,
    now: options.now ?? Date.now,
  });
  const { database, jobs: table, writer, health } = file;
  const jobStore = new SqliteJobStore({ database, table, writer, health }, async () => {}, null);
  let closing: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    try {
      await transport.close();
    } finally {
      await jobStore.close();
      await file.release();
    }
  };
  return {
    transport,
    jobStore,
    commit: commitInOneTransaction(file),
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

function commitInOneTransaction(file: LogFile): CommitUnit {
  return async (consumer, { decided, offsets }) => {
    if (!(consumer instanceof EmbeddedConsumer) || consumer.file !== file) {
      throw new TypeError('The unit of work takes a consumer of the same data directory.');
    }
    const changes = decided.flatMap(({ change }) => (change === null ? [] : [change]));
    const records = decided.flatMap((each) => each.records);
    if (changes.length === 0 && records.length === 0 && offsets.length === 0) return;
    await consumer.commitWith({ records, offsets }, () => {
      const conflicts = file.jobs.save(changes);
      if (conflicts.length === 0) return;
      throw new TransportError('fenced', `Another owner has changed the jobs ${conflicts.join(', ')}.`);
    });
  };
}
