import { join } from 'node:path';
import {
  type CommitUnit,
  commitInOrder,
  type JobStore,
  MemoryJobStore,
  type Transport,
} from '../../core/mod.ts';
import { openSqliteJobStore } from './store/sqlite/sqlite-job-store.ts';
import { openEmbedded } from './transport/embedded/open.ts';

/** What a host runs on: a log, a job store, and how a unit of work is made durable on the two. */
export interface Backing {
  readonly kind: 'embedded';
  readonly transport: Transport;
  readonly jobStore: JobStore;
  readonly commit: CommitUnit;
  /** Whether changes, records and offsets are one transaction, so that nothing is ever published again. */
  readonly atomic: boolean;
  close(): Promise<void>;
}

/**
 * Where suspended jobs are kept: `embedded`, in the log's own file and transaction; `sqlite`, in a file of their
 * own beside it, saved before the log; `memory`, lost at exit.
 */
export type JobStoreKind = 'embedded' | 'sqlite' | 'memory';

export interface BackingSettings {
  /** Where the embedded log and the job store live. */
  readonly dataDir: string;
  /** Default 'embedded'. */
  readonly jobStore?: JobStoreKind;
}

/** Opens the backing for these settings. */
export async function openBacking({
  dataDir,
  jobStore: kind = 'embedded',
}: BackingSettings): Promise<Backing> {
  const embedded = openEmbedded(dataDir);
  if (kind === 'embedded') return { kind: 'embedded', atomic: true, ...embedded };
  const jobStore = kind === 'memory' ? new MemoryJobStore() : openSqliteJobStore(join(dataDir, 'jobs.db'));
  const close = async (): Promise<void> => {
    await embedded.close();
    await jobStore.close();
  };
  return {
    kind: 'embedded',
    atomic: false,
    transport: embedded.transport,
    jobStore,
    commit: commitInOrder(jobStore),
    close,
  };
}
