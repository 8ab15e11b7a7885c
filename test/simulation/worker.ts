// One of the processes that simulate: takes a range of seeds, gives back what they came to.
import type { RunOptions } from './options.ts';
import { simulated, simulationOf } from './run-one.ts';
import { count, emptyTally, type Tally } from './tally.ts';

/** What a worker is asked: JSON, so the ordinals of `suppress` are a list. */
export interface Errand {
  readonly id: number;
  readonly from: number;
  readonly schedules: number;
  /** Ends with the first violation; with a plant, with the first that is the plant's. */
  readonly untilViolation: boolean;
  readonly run: Omit<RunOptions, 'suppress'>;
  readonly suppress: readonly number[];
}

/** How it went: `error` where the simulator itself failed, with the seed. */
export type Report =
  | { readonly id: number; readonly tally: Tally }
  | { readonly id: number; readonly error: string };

async function perform({ from, schedules, untilViolation, run, suppress }: Errand): Promise<Tally> {
  const tally = emptyTally();
  const options: RunOptions = suppress.length === 0 ? run : { ...run, suppress: new Set(suppress) };
  for (let seed = from; seed < from + schedules; seed++) {
    const result = await simulated(simulationOf(seed, options));
    if (untilViolation && result.violation !== null && (await breaksUnplanted(seed, options))) {
      tally.unplanted += 1;
      continue;
    }
    count(tally, result);
    if (untilViolation && tally.violations > 0) break;
  }
  return tally;
}

/** Whether it is not the planted fault that this schedule finds. */
async function breaksUnplanted(seed: number, { plant, ...rest }: RunOptions): Promise<boolean> {
  return plant !== undefined && (await simulated(simulationOf(seed, rest))).violation !== null;
}

if (process.send !== undefined) {
  // Ctrl-C goes to all processes of the terminal: the one that was asked says when it is over
  process.on('SIGINT', () => undefined);
  process.on('disconnect', () => process.exit(0));
  process.on('message', async (errand: Errand) => {
    const report: Report = await perform(errand).then(
      (tally) => ({ id: errand.id, tally }),
      (error: unknown) => ({ id: errand.id, error: error instanceof Error ? error.message : String(error) }),
    );
    process.send?.(report);
  });
}
