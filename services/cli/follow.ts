// A run as the coordinator tells it, looked at until nothing moves any more.
import { type ConnectOptions, RequiteError, type RunProgress } from '../../client/mod.ts';
import { shellWord } from '../platform/shell.ts';
import { plural } from '../platform/topics/table.ts';
import { EXIT, type Surroundings } from './command.ts';
import { NotReached } from './errors.ts';
import { ProgressLine, type Standing } from './progress.ts';
import type { Coordinator } from './reach.ts';

/** A coordinator that is away for longer than this is given up. */
const PATIENCE_MS = 60_000;

/** Shows how far the run is until it has ended or can't go on by itself; returns the exit code. */
export async function follow(
  runId: string,
  coordinator: Coordinator,
  surroundings: Surroundings,
  json: boolean,
): Promise<number> {
  const stopped = surroundings.interruption();
  const line = new ProgressLine(surroundings);
  const client = coordinator.client({ retryForMs: PATIENCE_MS, fetch: watched(line) });
  try {
    for await (const progress of client.run(runId).follow({ signal: stopped })) {
      if (json) surroundings.out(`${JSON.stringify(progress)}\n`);
      line.show(standingOf(progress));
      if (!hasStopped(progress)) continue;
      line.end();
      return await conclude(progress, coordinator, surroundings, json);
    }
    throw new NotReached(
      `The coordinator has stopped telling of the run. Go on with: ${coordinator.command(`watch ${runId}`)}`,
    );
  } catch (error) {
    if (stopped.aborted) return leave(coordinator.command(`watch ${runId}`), line, surroundings);
    line.end();
    if (error instanceof RequiteError && error.status === null)
      surroundings.err(`To go on watching: ${coordinator.command(`watch ${runId}`)}\n`);
    throw error;
  }
}

/** Says once that nobody answers, until somebody does. */
function watched(line: ProgressLine): NonNullable<ConnectOptions['fetch']> {
  let isAway = false;
  return async (url, init) => {
    try {
      const response = await fetch(url, init);
      isAway = response.status >= 500;
      return response;
    } catch (error) {
      if (!isAway && init.signal?.aborted !== true)
        line.remark(
          'The coordinator does not answer; trying again. The run does not depend on this command.',
        );
      isAway = true;
      throw error;
    }
  };
}

function leave(watch: string, line: ProgressLine, { err }: Surroundings): number {
  line.end();
  err(`Stopped watching; the run goes on. To go on watching: ${watch}\n`);
  return EXIT.interrupted;
}

/** Nothing is to be expected any more, unless somebody does something. */
function hasStopped(run: RunProgress): boolean {
  const { ended, requested, waiting, parked, state } = run;
  if (ended || state === 'ended' || state === 'cancelled') return true;
  return state !== 'paused' && state !== 'cancelling' && requested + waiting === 0 && parked > 0;
}

function standingOf(run: RunProgress): Standing {
  const { count, completed, failed, parked, cancelled, state, rate, secondsLeft } = run;
  const counted = { failed, parked, cancelled };
  const notes = Object.entries(counted).flatMap(([name, number]) =>
    number > 0 ? [`${number} ${name}`] : [],
  );
  if (state === 'paused' || state === 'cancelling') notes.push(state);
  return {
    done: completed + failed + cancelled,
    total: count,
    unit: 'bills',
    rate: rate ?? null,
    secondsLeft: secondsLeft ?? null,
    notes,
  };
}

async function conclude(
  run: RunProgress,
  coordinator: Coordinator,
  surroundings: Surroundings,
  json: boolean,
): Promise<number> {
  const { runId, completed, failed, parked, cancelled } = run;
  const unwell = failed + parked + cancelled;
  if (json) return unwell === 0 ? EXIT.done : EXIT.withProblems;
  const { out } = surroundings;
  out(
    `Run ${runId}: ${plural(completed, 'bill')}, ${failed} failed, ${parked} parked, ${cancelled} cancelled\n`,
  );
  if (unwell === 0) {
    await tellOfBills(runId, coordinator, out);
    return EXIT.done;
  }
  if (failed + parked > 0) await showProblems(runId, coordinator, surroundings);
  return EXIT.withProblems;
}

/** How to come by the bills that were made. */
async function tellOfBills(runId: string, coordinator: Coordinator, out: Surroundings['out']): Promise<void> {
  out(`All bills in one file: ${coordinator.command(`bills ${runId} --zip bills.zip`)}\n`);
  try {
    const { workflows } = await coordinator.client().run(runId).get({ limit: 1 });
    for (const { customerIdentifier } of workflows)
      out(`One of them: ${coordinator.command(`bill ${runId} ${shellWord(customerIdentifier)}`)}\n`);
  } catch (error) {
    if (!(error instanceof RequiteError)) throw error; // a coordinator that has just gone: the run is well all the same
  }
}

/** So many problems are shown. */
const MAX_SHOWN = 5;

/** The first of those that failed or are parked, and what to do. */
async function showProblems(runId: string, coordinator: Coordinator, { err }: Surroundings): Promise<void> {
  let shown = 0;
  for await (const workflow of coordinator.client().run(runId).workflows()) {
    const { workflowId, customerIdentifier, status, problem } = workflow;
    if (status !== 'failed' && status !== 'parked') continue;
    if (++shown > MAX_SHOWN) {
      err(`  … ${coordinator.command(`runs ${runId}`)} tells more\n`);
      break;
    }
    const why = problem === undefined ? '' : `: ${problem.code}: ${problem.message}`;
    err(`  ${workflowId} (customer ${customerIdentifier}) ${status}${why}`.slice(0, 500).concat('\n'));
  }
  err(`Mend the reason, then: ${coordinator.command(`retry ${runId}`)}\n`);
}
