import type { CommitUnit, JobStore, Transport } from '../../core/mod.ts';
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
}

/** Opens the backing for these settings. */
export async function openBacking(settings: BackingSettings): Promise<Backing> {
  const embedded = openEmbedded(settings.dataDir);
  return { kind: 'embedded', atomic: true, ...embedded };
}
