// A run as the coordinator tells it, looked at until nothing moves any more.
import { pause } from '../platform/pause.ts';
import { plural } from '../platform/topics/table.ts';
import { EXIT, type Surroundings } from './command.ts';
import { NotReached } from './errors.ts';
import { ProgressLine, type Standing } from './progress.ts';
import type { Remote } from './remote.ts';

/** What a command reads of a run's progress; --json prints all that there is. */
export interface RunProgress {
  readonly runId: string;
  readonly createTime: string;
  readonly state?: 'running' | 'paused' | 'cancelling' | 'cancelled' | 'ended';
  readonly label?: string;
  readonly count: number;
  readonly requested: number;
  readonly waiting: number;
  readonly completed: number;
  readonly failed: number;
  readonly parked: number;
  readonly cancelled: number;
  readonly ended: boolean;
  readonly rate?: number | null;
  readonly secondsLeft?: number | null;
}

interface WorkflowOfRun {
  readonly workflowId: string;
  readonly customerIdentifier: string;
  readonly status: string;
  readonly problem?: { readonly code: string; readonly message: string };
}

export type WholeRun = RunProgress & { readonly workflows: readonly WorkflowOfRun[] };

/** A coordinator that is away for longer than this is given up. */
const PATIENCE_MS = 60_000;
const LOOK_EVERY_MS = 500;

/** Shows how far the run is until it has ended or can't go on by itself; returns the exit code. */
export async function follow(
  runId: string,
  coordinator: Remote,
  surroundings: Surroundings,
  json: boolean,
): Promise<number> {
  const stopped = surroundings.interruption();
  const line = new ProgressLine(surroundings);
  let last = '';
  for (;;) {
    const progress = await look(runId, coordinator, line, stopped);
    if (progress === null) return leave(runId, line, surroundings);
    const text = JSON.stringify(progress);
    if (json && text !== last) surroundings.out(`${text}\n`);
    last = text;
    line.show(standingOf(progress));
    if (hasStopped(progress)) {
      line.end();
      return conclude(progress, coordinator, surroundings, json);
    }
    await pause(LOOK_EVERY_MS, stopped);
    if (stopped.aborted) return leave(runId, line, surroundings);
  }
}

/** The progress, as soon as the coordinator tells it; null where somebody wants to leave. Throws `NotReached`. */
async function look(
  runId: string,
  coordinator: Remote,
  line: ProgressLine,
  stopped: AbortSignal,
): Promise<RunProgress | null> {
  let awaySince: number | null = null;
  for (;;) {
    if (stopped.aborted) return null;
    try {
      const path = `/runs/${encodeURIComponent(runId)}`;
      const {
        workflows: _,
        links: __,
        ...progress
      } = await coordinator.json<WholeRun & { readonly links: unknown }>(path, {
        query: { limit: 1 },
        signal: stopped,
      });
      return progress;
    } catch (error) {
      if (stopped.aborted) return null;
      if (!(error instanceof NotReached)) throw error;
      awaySince ??= announceAway(line, error);
      if (performance.now() - awaySince > PATIENCE_MS) throw left(error, runId);
      await pause(LOOK_EVERY_MS, stopped);
    }
  }
}

function announceAway(line: ProgressLine, error: NotReached): number {
  line.remark(`${error.message}\nTrying again; the run does not depend on this command.`);
  return performance.now();
}

const left = (cause: NotReached, runId: string): NotReached =>
  new NotReached(`${cause.message}\nGo on with: requite watch ${runId}`, { cause });

function leave(runId: string, line: ProgressLine, { err }: Surroundings): number {
  line.end();
  err(`Stopped watching; the run goes on. To go on watching: requite watch ${runId}\n`);
  return EXIT.interrupted;
}

/** Nothing is to be expected any more, unless somebody does something. */
function hasStopped({ ended, state, requested, waiting, parked }: RunProgress): boolean {
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
  coordinator: Remote,
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
    out(`All bills in one file: requite bills ${runId} --zip bills.zip\n`);
    return EXIT.done;
  }
  if (failed + parked > 0) await showProblems(runId, coordinator, surroundings);
  return EXIT.withProblems;
}

/** So many problems are shown. */
const MAX_SHOWN = 5;

/** The first of those that failed or are parked, and what to do. */
async function showProblems(runId: string, coordinator: Remote, { err }: Surroundings): Promise<void> {
  const { workflows } = await coordinator.json<WholeRun>(`/runs/${encodeURIComponent(runId)}`, {
    query: { limit: 10_000 },
  });
  const bad = workflows.filter(({ status }) => status === 'failed' || status === 'parked');
  for (const { workflowId, customerIdentifier, status, problem } of bad.slice(0, MAX_SHOWN)) {
    const why = problem === undefined ? '' : `: ${problem.code}: ${problem.message}`;
    err(`  ${workflowId} (customer ${customerIdentifier}) ${status}${why}\n`.slice(0, 500));
  }
  if (bad.length > MAX_SHOWN) err('  … and more\n');
  err(`Mend the reason, then: requite retry ${runId}\n`);
}
