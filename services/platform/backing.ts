import {
  type CommitUnit,
  commitInOrder,
  type JobStore,
  MemoryJobStore,
  type Transport,
} from '../../core/mod.ts';
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

export interface BackingSettings {
  /** Where the embedded log and job store live. */
  readonly dataDir: string;
  /** Where jobs are kept: beside the log, in one transaction with it (the default), or in memory, lost at exit. */
  readonly jobStore?: 'embedded' | 'memory';
}

/** Opens the backing for these settings. */
export async function openBacking(settings: BackingSettings): Promise<Backing> {
  const embedded = openEmbedded(settings.dataDir);
  if (settings.jobStore !== 'memory') return { kind: 'embedded', atomic: true, ...embedded };
  const jobStore = new MemoryJobStore();
  return {
    kind: 'embedded',
    atomic: false,
    transport: embedded.transport,
    jobStore,
    commit: commitInOrder(jobStore),
    close: embedded.close,
  };
}
