import type { JobStoreKind } from '../../services/platform/backing.ts';
import { type BenchOptions, canHave } from '../options.ts';
import type { Setup } from '../setup.ts';

/** A part of our services' work that is measured alone: the floor of what they do beside the log. */
export type Floor =
  | { readonly part: 'decisions' }
  | {
      readonly part: 'jobs';
      readonly store: JobStoreKind;
      /** Of the topics; they matter to the store `kafka` only, which writes each partition for itself. */
      readonly partitions: number;
    }
  | {
      readonly part: 'files';
      /** As our bill writer writes them; the same without a flush to the disk; or in the plainest way there is, not flushed. */
      readonly way: 'as written' | 'not flushed' | 'plain';
    };

/** The floors of what these setups keep beside the log; none where the floor is not asked for. */
export function floorsFor(setups: readonly Setup[], { systems }: BenchOptions): readonly Floor[] {
  if (!systems.includes('floor')) return [];
  const ours = setups.filter(({ system }) => system === 'requite');
  const decisions: readonly Floor[] = ours.length > 0 ? [{ part: 'decisions' }] : [];
  const jobs = new Map<string, Extract<Floor, { part: 'jobs' }>>();
  for (const { store, partitions } of ours) {
    // memory keeps nothing: there is nothing to measure
    if (store === null || store === 'memory') continue;
    const name = store === 'kafka' ? `${store} ${partitions}` : store;
    if (!jobs.has(name)) jobs.set(name, { part: 'jobs', store, partitions });
  }
  const files: readonly Floor[] = ours.some((setup) => setup.files)
    ? [
        { part: 'files', way: 'as written' },
        { part: 'files', way: 'not flushed' },
        { part: 'files', way: 'plain' },
      ]
    : [];
  const byStore = [...jobs.values()].toSorted(
    (a, b) => Number(a.store > b.store) - Number(a.store < b.store),
  );
  return [...decisions, ...byStore, ...files];
}

/** What a floor needs to stand on. */
export function standingOf(floor: Floor): Pick<Setup, 'log' | 'store'> {
  const store = floor.part === 'jobs' ? floor.store : null;
  return { log: store !== null && !canHave('embedded', store) ? 'kafka' : 'embedded', store };
}

const FILES = {
  'as written': 'files, as the bill writer writes them',
  'not flushed': 'files, the same but not flushed',
  plain: 'files, plain: not flushed',
} as const;

/** In a few words, for people. */
export function describeFloor(floor: Floor): string {
  switch (floor.part) {
    case 'decisions':
      return 'decisions, in memory';
    case 'jobs':
      return floor.store === 'kafka'
        ? `jobs into kafka, ${floor.partitions} partition${floor.partitions === 1 ? '' : 's'}`
        : `jobs into ${floor.store}`;
    case 'files':
      return FILES[floor.way];
    default:
      return floor satisfies never;
  }
}
