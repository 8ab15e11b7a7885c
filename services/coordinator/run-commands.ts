// Commands to a run: whether they are possible, and how they come on record.
import {
  isoTime,
  type OutgoingRecord,
  partitionFor,
  type RunCommand,
  runCommandRecord,
  type Transport,
  topics,
  type WorkflowCommand,
} from '../../core/mod.ts';
import { HttpProblem, unavailable } from '../platform/http/index.ts';
import type { CoordinatorView } from './view/index.ts';
import { hasEnded, type RunRow, workflowTypeOf } from './view/run-queries.ts';

/** What people ask of a run. */
export const RUN_VERBS = ['pause', 'resume', 'cancel', 'retry'] as const;
export type RunVerb = (typeof RUN_VERBS)[number];

/** How long a command waits until this coordinator has read it back, in milliseconds. */
const VIEW_TIMEOUT_MS = 10_000;
/** A retry goes through the run so many workflows at a time. */
const PAGE = 1_000;
/** At most so many characters of workflow-ids in one record, so that every record stays far below 1 MB. */
const RECORD_LENGTH = 200_000;

export interface CommandOptions {
  readonly transport: Transport;
  readonly view: CoordinatorView;
  readonly partitions: number;
}

/** What came of a command. `repeated`: nothing was to be done, and nothing is on record. */
export interface Commanded {
  readonly run: RunRow;
  readonly repeated: boolean;
  /** Of a retry: how many failed workflows are asked for anew, and how many parked jobs go on. */
  readonly failed: number;
  readonly parked: number;
}

/** Puts a command to a run on record; it returns once this coordinator's view has it. Throws `HttpProblem`: 409, 503. */
export async function commandRun(
  run: RunRow,
  verb: RunVerb,
  by: string,
  options: CommandOptions,
): Promise<Commanded> {
  const none = { run, repeated: true, failed: 0, parked: 0 };
  if (isRepeat(run, verb)) return none;
  const head = { 'run-id': run.runId, time: isoTime(Date.now()), by: by.slice(0, 256) };
  const { failed, parked } =
    verb === 'retry' ? await publishRetries(run, head, options) : await publishOne(run, verb, head, options);
  if (verb === 'retry' && failed + parked === 0) return none;
  const now = options.view.runs.find(run.runId) ?? run;
  if (now.control === 'cancelled' && verb !== 'cancel') throw cancelled(now);
  return { run: now, repeated: false, failed, parked };
}

type Head = Pick<RunCommand, 'run-id' | 'time' | 'by'>;

/** Whether the run is as the command wants it already. Throws a 409 where it can't be. */
function isRepeat(run: RunRow, verb: RunVerb): boolean {
  const { control } = run;
  if (control === 'cancelled') {
    if (verb === 'cancel') return true;
    throw cancelled(run);
  }
  if (verb === 'retry') {
    // a job of a billing period may have been cancelled with another run
    return run.failed + run.parked + (run.billingPeriod === null ? 0 : run.cancelled) === 0;
  }
  if (hasEnded(run)) {
    const detail = `The run ${run.runId} has ended: there is nothing left to ${verb}.`;
    throw new HttpProblem({ status: 409, code: 'run-ended', detail });
  }
  return verb === 'pause' ? control === 'paused' : verb === 'resume' && control === 'running';
}

function cancelled({ runId }: RunRow): HttpProblem {
  const detail = `The run ${runId} is cancelled, which is final: ask for a new run for the customers without a bill.`;
  return new HttpProblem({ status: 409, code: 'run-cancelled', detail });
}

async function publishOne(
  run: RunRow,
  command: Exclude<RunVerb, 'retry'>,
  head: Head,
  options: CommandOptions,
): Promise<{ failed: number; parked: number }> {
  await record({ ...head, id: crypto.randomUUID(), command }, run, options);
  return { failed: 0, parked: 0 };
}

/**
 * Tells parked jobs to go on, and asks for the failed workflows anew: as they are here now, by name, so that a retry that is
 * sent twice starts none of them twice.
 */
async function publishRetries(
  run: RunRow,
  head: Head,
  options: CommandOptions,
): Promise<{ failed: number; parked: number }> {
  const sums = { failed: 0, parked: 0 };
  let failed: string[] = [];
  let length = 0;
  let parked = 0;
  const flush = async (): Promise<void> => {
    if (failed.length + parked === 0) return;
    await record({ ...head, id: crypto.randomUUID(), command: 'retry', failed, parked }, run, options);
    [failed, length, parked] = [[], 0, 0];
  };
  for (let seq = 0; seq < run.count; ) {
    const { workflows, last } = options.view.driving.troubled(run.runId, seq, PAGE);
    seq = last;
    const stuck = workflows.filter(({ status }) => status === 'parked');
    await options.transport.publish(stuck.map(({ workflowId }) => retryOf(workflowId, run, options)));
    parked += stuck.length;
    sums.parked += stuck.length;
    for (const { workflowId, status } of workflows) {
      if (status === 'parked') continue;
      failed.push(workflowId);
      sums.failed++;
      length += workflowId.length + 4;
      if (length > RECORD_LENGTH) await flush();
    }
    await Bun.sleep(0); // others get their turn
  }
  await flush();
  return sums;
}

function retryOf(workflowId: string, run: RunRow, { partitions }: CommandOptions): OutgoingRecord {
  const message: WorkflowCommand = {
    'workflow-type': workflowTypeOf(run),
    'workflow-id': workflowId,
    command: 'retry',
  };
  const partition = partitionFor(workflowId, partitions);
  return { topic: topics.workflowCommands, partition, key: workflowId, value: JSON.stringify(message) };
}

/** Publishes a command, and waits until the view has it. */
async function record(
  command: RunCommand,
  { runId }: RunRow,
  { transport, view, partitions }: CommandOptions,
): Promise<void> {
  await transport.publish([runCommandRecord(command, partitionFor(runId, partitions))]);
  const isThere = (): true | null => (view.runs.hasCommand(runId, command.id) ? true : null);
  if ((await view.waitFor(isThere, VIEW_TIMEOUT_MS)) !== null) return;
  const detail =
    'The command is on the log, but this coordinator could not read it back in time. Look at the run, or send it again: ' +
    'it counts once.';
  throw unavailable('outcome-unknown', detail);
}
