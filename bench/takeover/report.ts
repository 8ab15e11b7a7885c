import { mean } from '../report/cpu.ts';
import type { Commit, Machine } from '../report/machine.ts';
import { describeMachine } from '../report/print.ts';
import { figure, table } from '../report/table.ts';
import { counted } from '../setup.ts';
import type { TakeoverOptions } from './options.ts';
import { describeTakeover } from './setups.ts';
import type { TakeoverRow } from './times.ts';

/** The JSON of a bench of take-overs. */
export interface TakeoverResults {
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly machine: Machine;
  readonly commit: Commit | null;
  readonly options: TakeoverOptions;
  readonly broker: string | null;
  readonly postgres: string | null;
  readonly rows: readonly TakeoverRow[];
  readonly leftOut: readonly string[];
}

const NOTES = `rebalance: from kill -9 until the group says that the survivor owns all partitions. The rest counts from there: first, a job
that was taken over goes on; ready, one goes on in each partition that was taken over; all, every job is done.
floor: the jobs of those partitions read from their topic, and nothing kept. It is measured where jobs are in Kafka; the
other stores have nothing to fetch before a job goes on, and no floor here.`;

/** Everything that people shall read of it. */
export function printedTakeover(results: TakeoverResults): string {
  const { rows, options, leftOut } = results;
  const { jobs, partitions, repeat } = options;
  const title =
    `TAKE-OVER in ms: one of two engines killed while ${figure(jobs)} jobs wait in its half of ${partitions} partitions\n` +
    `${counted(repeat, 'repetition')}; min, median and max of "ready", medians of the others`;
  const headers = [
    'log',
    'jobs in',
    'copies',
    'answered',
    'rebalance',
    'first',
    'ready: min',
    'median',
    'max',
    'all',
    'floor',
    'peak MB',
  ];
  const cells = rows.map(
    ({ setup, rebalanceMs, firstMs, readyMs, doneMs, floorMs, failure, repetitions }) => [
      setup.log,
      setup.store,
      setup.standby === null ? '–' : String(setup.standby),
      setup.answers,
      figure(rebalanceMs?.median),
      figure(firstMs?.median),
      figure(readyMs?.min),
      failure === null ? figure(readyMs?.median) : 'failed',
      figure(readyMs?.max),
      figure(doneMs?.median),
      figure(floorMs?.median),
      figure(
        mean(repetitions.flatMap(({ peakRssBytes }) => (peakRssBytes === null ? [] : peakRssBytes / 1e6))),
      ),
    ],
  );
  const failures = rows.flatMap(({ setup, failure }) =>
    failure === null ? [] : [`FAILED ${describeTakeover(setup)}: ${failure}`],
  );
  const parts = [describeMachine(results), `${title}\n\n${table(headers, cells, 4)}`, NOTES];
  return [...parts, ...failures, ...leftOut].join('\n\n');
}
