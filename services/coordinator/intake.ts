// Takes a request in: names its run, makes it durable, and says whose it is when several came at once.
import {
  billRunHash,
  billRunRecords,
  isoTime,
  partitionFor,
  type Transport,
  traceHeaders,
} from '../../core/mod.ts';
import { HttpProblem, unavailable } from '../platform/http/index.ts';
import type { Telemetry } from '../platform/telemetry/index.ts';
import type { RunRequest } from './request.ts';
import { nameRun, newRunId } from './run-id.ts';
import type { Parsed } from './run-options.ts';
import type { CoordinatorView } from './view/index.ts';
import type { RunRow } from './view/run-queries.ts';

/** How long a request waits for the log and the view, in milliseconds. */
const VIEW_TIMEOUT_MS = 10_000;
/** So many records of a run are published at once; each has up to 200,000 characters. */
const RECORDS_AT_ONCE = 16;

export interface IntakeOptions {
  readonly transport: Transport;
  readonly view: CoordinatorView;
  readonly partitions: number;
  readonly telemetry: Pick<Telemetry, 'active'>;
}

/** A run that is durable. `replayed`: it was there before this request. */
export interface Accepted {
  readonly run: RunRow;
  readonly duplicates: readonly string[];
  readonly replayed: boolean;
}

/** Accepts the bill run that a body asks for, as `acceptRequest` does, or throws a 400 that says what is wrong with it. */
export async function acceptRun(
  parsed: Parsed<RunRequest>,
  key: string | null,
  options: IntakeOptions,
): Promise<Accepted> {
  return await acceptRequest(checked(parsed), key, options);
}

/**
 * Accepts a bill run, or throws `HttpProblem`: 400 for a name that can't be taken, 409 where the run-id has other
 * content, 503 where the log is away. It returns only when the run is durable (invariant 9).
 */
export async function acceptRequest(
  request: RunRequest,
  key: string | null,
  options: IntakeOptions,
): Promise<Accepted> {
  const random = () => newRunId(Date.now(), crypto.getRandomValues(new Uint8Array(10)));
  const { runId, chosen } = checked(nameRun(key, request.runId, random));
  const hash = billRunHash(request.content);
  if (chosen) {
    await viewCaughtUp(options.view);
    const known = options.view.runs.find(runId);
    if (known !== null) return sameContent(known, hash, request, true);
  }
  const createTime = isoTime(Date.now());
  const partition = partitionFor(runId, options.partitions);
  const records = billRunRecords(runId, request.content, createTime, partition);
  const trace = traceHeaders(options.telemetry.active());
  // the run's own record is the last: what is cut off before it is no run
  for (let at = 0; at < records.length; at += RECORDS_AT_ONCE) {
    const some = records.slice(at, at + RECORDS_AT_ONCE);
    await options.transport.publish(some.map((record) => ({ ...record, ...trace })));
  }
  const winner = await options.view.waitFor(() => options.view.runs.find(runId), VIEW_TIMEOUT_MS);
  if (winner === null) throw unknownOutcome(runId);
  return sameContent(winner, hash, request, winner.createTime !== createTime);
}

function checked<T>(parsed: Parsed<T>): T {
  if (parsed.ok) return parsed.value;
  const { code, detail } = parsed.complaint;
  throw new HttpProblem({ status: 400, code, detail });
}

function sameContent(run: RunRow, hash: string, { duplicates }: RunRequest, replayed: boolean): Accepted {
  if (run.hash === hash) return { run, duplicates, replayed };
  const detail =
    `The run ${run.runId} exists with other content: the first one stands. Send the same content to get its ` +
    'reply again, or use another Idempotency-Key or runId.';
  throw new HttpProblem({ status: 409, code: 'run-conflict', detail });
}

/** Waits until the view has all that the log had; a 503 where it takes too long. */
export async function viewCaughtUp(view: CoordinatorView): Promise<void> {
  if (await view.caughtUp(VIEW_TIMEOUT_MS)) return;
  const detail =
    'This coordinator has not read the log to its end yet. Send the same request again in a few seconds.';
  throw unavailable('view-behind', detail);
}

function unknownOutcome(runId: string): HttpProblem {
  const detail =
    `The run is on the log, but this coordinator could not read it back in time. Send the same request again ` +
    `with "runId": "${runId}" (or the Idempotency-Key that you sent): it will not be billed twice.`;
  return unavailable('outcome-unknown', detail);
}
