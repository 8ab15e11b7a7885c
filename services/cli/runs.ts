// requite runs: the list of them, or one.
import type { RunSummary } from '../../client/mod.ts';
import { printable } from '../../core/mod.ts';
import { shellWord } from '../platform/shell.ts';
import { UsageError } from '../platform/topics/arguments.ts';
import { count, table } from '../platform/topics/table.ts';
import { EXIT, type Surroundings } from './command.ts';
import { type Coordinator, coordinatorOf } from './reach.ts';
import { runsSpec } from './specs.ts';
import { standingText } from './standing.ts';
import { helpOf, oneWord, readWords, textOf, wholeOf } from './words.ts';

const PAGE = 100;
const MAX_COMMANDS = 1_000;
const MAX_RUNS = 1_000_000;
const PAGE_OF_WORKFLOWS = 10_000;
/** So many workflows of a run are shown that are not completed. */
const MAX_SHOWN = 20;

/** Carries out `runs`. */
export async function runs(words: readonly string[], surroundings: Surroundings): Promise<number> {
  const given = readWords(runsSpec, words);
  if (given === null) {
    surroundings.out(helpOf(runsSpec));
    return EXIT.done;
  }
  const coordinator = coordinatorOf(surroundings, textOf(given, 'url'));
  const json = given.values.json === true;
  if (given.words.length > 0) {
    const runId = oneWord(given, 'one run-id');
    if (given.values.history === true) return await showHistory(runId, coordinator, surroundings, json);
    return await showRun(runId, coordinator, surroundings, json);
  }
  if (given.values.history === true) throw new UsageError('--history takes the run-id of a run.');
  return await listRuns(coordinator, surroundings, wholeOf(given, 'limit', 20, MAX_RUNS), json);
}

async function listRuns(
  coordinator: Coordinator,
  { out, advice }: Surroundings,
  limit: number,
  json: boolean,
): Promise<number> {
  const rows: (readonly string[])[] = [];
  let left = limit;
  for await (const run of coordinator.client().runs({ limit: Math.min(PAGE, limit) })) {
    if (json) out(`${JSON.stringify(run)}\n`);
    else rows.push(rowOf(run));
    if (--left === 0) break;
  }
  if (!json)
    out(
      rows.length === 0
        ? advice('There are no runs yet: requite run starts one.\n')
        : `${table(COLUMNS, rows)}\n`,
    );
  return EXIT.done;
}

const COLUMNS = [
  { title: 'RUN', align: 'left' },
  { title: 'STATE', align: 'left' },
  { title: 'BILLS', align: 'right' },
  { title: 'OF', align: 'right' },
  { title: 'FAILED', align: 'right' },
  { title: 'PARKED', align: 'right' },
  { title: 'STARTED', align: 'left' },
  { title: 'LABEL', align: 'left' },
] as const;

function rowOf(run: RunSummary): readonly string[] {
  const { runId, count: all, completed, failed, parked, createTime, label = '' } = run;
  const numbers = [completed, all, failed, parked].map(count);
  return [runId, run.state, ...numbers, createTime, printable(label)];
}

async function showRun(
  runId: string,
  coordinator: Coordinator,
  { out }: Surroundings,
  json: boolean,
): Promise<number> {
  const run = await coordinator.client().run(runId).get({ limit: PAGE_OF_WORKFLOWS });
  if (json) {
    out(`${JSON.stringify(run)}\n`);
    return EXIT.done;
  }
  out(`${printable(`Run ${runId}: ${standingText(run)}`)}\n`);
  const open = run.workflows.filter(({ status }) => status !== 'completed');
  const rows = open.slice(0, MAX_SHOWN).map(({ workflowId, customerIdentifier, status, problem }) => {
    const why = problem === undefined ? '' : `${problem.code}: ${problem.message}`;
    return [workflowId, customerIdentifier, status, why].map((cell) => printable(cell.slice(0, 160)));
  });
  if (rows.length > 0) out(`\n${table(WORKFLOW_COLUMNS, rows)}\n`);
  if (open.length > MAX_SHOWN || run.count > PAGE_OF_WORKFLOWS) out('… --json has more\n');
  const billed = run.workflows.find(({ status }) => status === 'completed');
  if (billed !== undefined)
    out(`A bill of it: ${coordinator.command(`bill ${runId} ${shellWord(billed.customerIdentifier)}`)}\n`);
  return EXIT.done;
}

const WORKFLOW_COLUMNS = ['WORKFLOW', 'CUSTOMER', 'STATUS', 'WHY'].map(
  (title) => ({ title, align: 'left' }) as const,
);

async function showHistory(
  runId: string,
  coordinator: Coordinator,
  { out }: Surroundings,
  json: boolean,
): Promise<number> {
  const told = await coordinator.client().run(runId).history({ limit: MAX_COMMANDS });
  if (json) out(`${JSON.stringify(told)}\n`);
  else if (told.history.length === 0) out('Nobody has paused, resumed, cancelled or retried it.\n');
  else for (const { time, command, by } of told.history) out(`${printable(`${time}  ${command}  ${by}`)}\n`);
  return EXIT.done;
}
