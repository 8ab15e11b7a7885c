import type { JobStoreKind } from '../../services/platform/backing.ts';
import type { Log } from '../options.ts';
import { counted } from '../setup.ts';
import type { Answers, TakeoverOptions } from './options.ts';

/** One thing to measure. */
export interface TakeoverSetup {
  readonly log: Log;
  readonly store: JobStoreKind;
  /** How many other members keep a copy of each partition's jobs; null for stores that have no copies. */
  readonly standby: number | null;
  readonly answers: Answers;
}

/** The job stores that outlive a process, by log. */
const STORES = {
  embedded: ['embedded', 'sqlite'],
  kafka: ['kafka', 'sqlite', 'postgres'],
} as const satisfies Record<Log, readonly JobStoreKind[]>;

/** Everything to measure. */
export function takeoverSetups({
  logs,
  stores,
  standby,
  answers,
}: TakeoverOptions): readonly TakeoverSetup[] {
  return logs.flatMap((log) =>
    STORES[log]
      .filter((store) => stores === null || stores.includes(store))
      .flatMap((store): readonly TakeoverSetup[] =>
        (store === 'kafka' ? standby : [null]).flatMap((copies) =>
          answers.map((each) => ({ log, store, standby: copies, answers: each })),
        ),
      ),
  );
}

/** The setup in a few words, for people. */
export function describeTakeover({ log, store, standby, answers }: TakeoverSetup): string {
  const copies = standby === null ? [] : [counted(standby, 'standby copy').replace('copys', 'copies')];
  return [log, `jobs in ${store}`, ...copies, `${answers} answered`].join(', ');
}
