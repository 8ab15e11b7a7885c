import type { JobStoreKind } from '../services/platform/backing.ts';
import { type BenchOptions, canHave, type Log, type System, type Tracing } from './options.ts';

/** One thing to measure. */
export interface Setup {
  readonly log: Log;
  readonly system: System;
  /** Null for the floor and the baseline, which have none. */
  readonly store: JobStoreKind | null;
  readonly files: boolean;
  /** Of our services; left out: as they come. */
  readonly tracing?: Tracing;
}

/** The job stores that are measured on each log where none is named. */
const STORES: Readonly<Record<Log, readonly JobStoreKind[]>> = {
  embedded: ['embedded', 'sqlite', 'memory'],
  kafka: ['kafka', 'sqlite', 'postgres', 'memory'],
};

/** Everything to measure, each log's floor and baseline before what is held against them. */
export function setupsFor(options: BenchOptions): readonly Setup[] {
  return options.logs
    .flatMap((log) => setupsOn(log, options))
    .filter(({ system }) => options.systems.includes(system));
}

function setupsOn(log: Log, { store, files, tracing }: BenchOptions): readonly Setup[] {
  const stores = store === null ? STORES[log] : canHave(log, store) ? [store] : [];
  if (stores.length === 0) return [];
  const baseline =
    log === 'kafka' ? files.map((on) => ({ log, system: 'baseline', store: null, files: on })) : [];
  return [
    { log, system: 'floor', store: null, files: false },
    ...(baseline as Setup[]),
    ...stores.flatMap((each) =>
      files.flatMap((on): readonly Setup[] => {
        const setup = { log, system: 'requite', store: each, files: on } as const;
        return tracing === null ? [setup] : tracing.map((traced) => ({ ...setup, tracing: traced }));
      }),
    ),
  ];
}

/** The setup in a few words, for people. */
export function describe({ log, system, store, files, tracing }: Setup): string {
  if (system === 'floor') return `${log}, floor`;
  const jobs = store === null ? [] : [`jobs in ${store}`];
  const traced = tracing === undefined ? [] : [`tracing ${tracing}`];
  return [log, system, ...jobs, files ? 'files' : 'no files', ...traced].join(', ');
}
