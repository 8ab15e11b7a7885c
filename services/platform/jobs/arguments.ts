import { parseArgs } from 'node:util';
import { durationMs } from '../../../core/mod.ts';
import { assertTaken, parsingError, UsageError } from '../topics/arguments.ts';

const DEFAULT_WAIT = '10s';
const MAX_WAIT_MS = 300_000;

export type JobsCommand =
  | { readonly name: 'help' }
  | { readonly name: 'parked'; readonly json: boolean }
  | { readonly name: 'show'; readonly workflowId: string; readonly json: boolean }
  | {
      readonly name: 'retry' | 'cancel';
      readonly workflowIds: readonly string[];
      /** So long it waits for what comes of each, in milliseconds. */
      readonly waitMs: number;
      readonly json: boolean;
    };

/** What `--help` prints, before the settings. */
export const jobsUsage = `Usage: bun run jobs parked [--json]
       bun run jobs show WORKFLOW-ID [--json]
       bun run jobs retry WORKFLOW-ID … [--wait 10s] [--json]
       bun run jobs cancel WORKFLOW-ID … [--wait 10s] [--json]

Looks after jobs that can't go on by themselves. It works on the log alone, the cluster of BROKERS or, without it,
DATA_DIR; what is asked of a job is done by the engine that has it, as soon as one runs.

parked  The jobs that are parked: type, version, since when, and why.
show    What happened to a job.
retry   Lets a parked job go on. Mend the reason first: deploy the version that is missing, or whatever it says.
cancel  Ends a job that has not ended.
        --wait D  waits so long for what comes of it (default ${DEFAULT_WAIT}, at most 5m; 0s doesn't wait)

--json prints a line of JSON for each job; of show for each report; of retry and cancel its workflowId, command and
status, which is null where nothing has come of it yet.

Exits with 0 when done, 1 where a job is not there, can't take the command, is parked again or nothing has come of it
within the time, 2 for a command line or setting that can't be used, 3 where the log can't be reached.
`;

const OPTIONS = {
  help: { type: 'boolean', short: 'h' },
  json: { type: 'boolean' },
  wait: { type: 'string' },
} as const;

const TAKES: Readonly<Record<string, readonly string[]>> = {
  parked: ['json'],
  show: ['json'],
  retry: ['wait', 'json'],
  cancel: ['wait', 'json'],
};

/** Reads the words behind `bun run jobs`. Throws `UsageError`. */
export function readJobsArguments(words: readonly string[]): JobsCommand {
  const { values, positionals } = parsed(words);
  const [name, ...workflowIds] = positionals;
  if (values.help === true || words.length === 0) return { name: 'help' };
  assertTaken(name, values, TAKES);
  const [workflowId] = workflowIds;
  if (name === 'parked') {
    if (workflowId !== undefined) throw new UsageError('parked takes no workflow-id: show tells of one job.');
    return { name, json: values.json === true };
  }
  if (workflowId === undefined) throw new UsageError(`${name} takes a workflow-id.`);
  if (name === 'show') {
    if (workflowIds.length > 1) throw new UsageError('show takes one workflow-id.');
    return { name, workflowId, json: values.json === true };
  }
  return {
    name: name === 'retry' ? 'retry' : 'cancel',
    workflowIds,
    waitMs: waitOf(values.wait ?? DEFAULT_WAIT),
    json: values.json === true,
  };
}

function waitOf(text: string): number {
  const waitMs = /^\d{1,6}(ms|s|m)$/.test(text) ? durationMs(text) : Number.POSITIVE_INFINITY;
  if (waitMs <= MAX_WAIT_MS) return waitMs;
  throw new UsageError(`--wait takes a time of at most 5m with its unit, such as 10s, not "${text}".`);
}

function parsed(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw parsingError(error);
  }
}
