import {
  type JobEvent,
  partitionFor,
  printable,
  type Transport,
  topics,
  type WorkflowCommand,
} from '../../../core/mod.ts';
import type { Settings } from '../config.ts';
import { type CommandOutput, onLog } from '../topics/on-log.ts';
import { table } from '../topics/table.ts';
import type { JobsCommand } from './arguments.ts';
import { Outcome, parkedJobs, problemIn, reportsOfJob, type Told } from './reports.ts';

/** A reason is cut to so many characters in a table. */
const MAX_REASON = 160;

/** Carries out `bun run jobs …`, and returns the exit code. */
export function runJobs(command: JobsCommand, settings: Settings, output: CommandOutput): Promise<number> {
  return onLog(settings, output, (transport) => carry(command, transport, output));
}

async function carry(command: JobsCommand, transport: Transport, output: CommandOutput): Promise<number> {
  switch (command.name) {
    case 'help':
      return 0;
    case 'parked':
      return parked(await parkedJobs(transport), command.json, output);
    case 'show':
      return show(command, await reportsOfJob(transport, command.workflowId), output);
    case 'retry':
    case 'cancel': {
      let worst = 0;
      for (const workflowId of command.workflowIds)
        worst = Math.max(worst, await send(workflowId, command, transport, output));
      return worst;
    }
    default:
      return command satisfies never;
  }
}

function parked(jobs: readonly Told[], json: boolean, { out }: CommandOutput): number {
  if (json) for (const job of jobs) out(`${JSON.stringify(briefly(job))}\n`);
  else if (jobs.length === 0) out('No job is parked.\n');
  else {
    const columns = ['WORKFLOW', 'TYPE', 'VERSION', 'SINCE', 'WHY'].map(
      (title) => ({ title, align: 'left' }) as const,
    );
    out(
      `${table(
        columns,
        jobs.map((job) =>
          [job.workflowId, job.workflowType, String(job.version), job.time, why(job)].map(printable),
        ),
      )}\n`,
    );
  }
  return 0;
}

const briefly = (told: Told): unknown => ({
  workflowId: told.workflowId,
  workflowType: told.workflowType,
  version: told.version,
  revision: told.revision,
  since: told.time,
  problem: problemIn(told),
});

function why(told: Told): string {
  const problem = problemIn(told);
  return problem === null ? 'no reason is known' : `${problem.code}: ${problem.message}`.slice(0, MAX_REASON);
}

function show(
  { workflowId, json }: Extract<JobsCommand, { name: 'show' }>,
  reports: readonly Told[],
  output: CommandOutput,
): number {
  const last = reports.at(-1);
  if (last === undefined) return noSuchJob(workflowId, output);
  if (json) {
    for (const report of reports) output.out(`${JSON.stringify(report)}\n`);
    return 0;
  }
  const { workflowType, version, status, revision, time } = last;
  const standing = `${workflowType} version ${version}, ${status} since ${time}, revision ${revision}`;
  output.out(`${printable(`${workflowId}: ${standing}`)}\n`);
  for (const { time: when, revision: at, events } of reports)
    for (const event of events)
      output.out(`${printable(`${when}  ${String(at).padStart(4)}  ${eventText(event)}`)}\n`);
  return 0;
}

function eventText(event: JobEvent): string {
  const step = 'step' in event ? ` ${event.step}` : '';
  const what = 'category' in event ? `: ${event.category}` : 'topic' in event ? `: ${event.topic}` : '';
  const error =
    'error' in event && event.error !== undefined ? `: ${event.error.code}: ${event.error.message}` : '';
  return `${event.event}${step}${what}${error}`;
}

/** Sends a command to a job, and waits for what comes of it. */
async function send(
  workflowId: string,
  { name, waitMs, json }: Extract<JobsCommand, { name: 'retry' | 'cancel' }>,
  transport: Transport,
  output: CommandOutput,
): Promise<number> {
  const id = printable(workflowId);
  const say = (text: string, status: string | null): void =>
    output.out(json ? `${JSON.stringify({ workflowId, command: name, status })}\n` : text);
  const outcome = await Outcome.open(transport, workflowId);
  try {
    const last = (await reportsOfJob(transport, workflowId)).at(-1);
    if (last === undefined) return noSuchJob(workflowId, output);
    if (!isPossible(last, name)) {
      const only = name === 'retry' ? 'only a parked job is retried' : 'it has ended';
      output.err(`${id} is ${last.status}: ${only}.\n`);
      return 1;
    }
    await publish(transport, last, name);
    if (waitMs === 0) {
      say(`${id}: ${name} sent; bun run jobs show tells what comes of it\n`, null);
      return 0;
    }
    const after = await outcome.after(last.revision, waitMs);
    if (after === null) {
      output.err(
        `${id}: ${name} is on the log, but nothing has come of it yet: is an engine running that serves ${last.workflowType}?\n`,
      );
      return 1;
    }
    const isStuck = after.status === 'parked';
    say(`${id} is ${after.status}${isStuck ? ` again: ${printable(why(after))}` : ''}\n`, after.status);
    return isStuck ? 1 : 0;
  } finally {
    await outcome.close();
  }
}

function isPossible({ status }: Told, command: 'retry' | 'cancel'): boolean {
  return command === 'retry' ? status === 'parked' : status === 'parked' || status === 'waiting';
}

async function publish(
  transport: Transport,
  { workflowId, workflowType }: Told,
  command: WorkflowCommand['command'],
): Promise<void> {
  const topic = topics.workflowCommands;
  const partition = partitionFor(workflowId, (await transport.endOffsets(topic)).length);
  const message: WorkflowCommand = { 'workflow-type': workflowType, 'workflow-id': workflowId, command };
  await transport.publish([{ topic, partition, key: workflowId, value: JSON.stringify(message) }]);
}

function noSuchJob(workflowId: string, { err }: CommandOutput): number {
  err(`No job ${printable(workflowId)} is known: bun run jobs parked lists those that are parked.\n`);
  return 1;
}
