// Takes a request in: names its run, makes it durable, and says whose it is when several came at once.
import {
  allCustomersHash,
  type BillRunRequest,
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
import type { Parsed, RunOptions } from './run-options.ts';
import type { CoordinatorView } from './view/index.ts';
import type { RunRow } from './view/run-queries.ts';

/** How long a request waits for the log and the view, in milliseconds. */
const VIEW_TIMEOUT_MS = 10_000;
/** So much longer for each customer of a run, which the view makes a row of: a minute for a million. */
const CUSTOMER_MS = 0.05;
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

/**
 * Accepts a bill run, or throws `HttpProblem`: 400 for a name that can't be taken, 409 where the run-id has other
 * content, 503 where the log is away. It returns only when the run is durable (invariant 9).
 */
export async function acceptRequest(
  request: RunRequest,
  key: string | null,
  options: IntakeOptions,
): Promise<Accepted> {
  const { content, duplicates } = request;
  const { runId, known } = await named(key, request.runId, options);
  if (known !== null) return sameContent(known, content, duplicates, true);
  return await write(runId, content, duplicates, options);
}

/** Accepts a run of all customers, whom `list` gives, as `acceptRequest` does. A repeat gets the first reply, whoever there is by now. */
export async function acceptAll(
  { runId: chosen, content }: RunOptions,
  list: () => Promise<readonly string[]>,
  key: string | null,
  options: IntakeOptions,
): Promise<Accepted> {
  const all = { ...content, customers: 'all' as const };
  const { runId, known } = await named(key, chosen, options);
  if (known !== null) return sameContent(known, { ...all, customerIdentifiers: [] }, [], true);
  return await write(runId, { ...all, customerIdentifiers: await list() }, [], options);
}

/** What a run is called, and the run of that name where there is one. */
async function named(
  key: string | null,
  chosenId: string | null,
  { view }: IntakeOptions,
): Promise<{ readonly runId: string; readonly known: RunRow | null }> {
  const random = () => newRunId(Date.now(), crypto.getRandomValues(new Uint8Array(10)));
  const { runId, chosen } = checked(nameRun(key, chosenId, random));
  if (!chosen) return { runId, known: null };
  await viewCaughtUp(view);
  return { runId, known: view.runs.find(runId) };
}

async function write(
  runId: string,
  content: BillRunRequest,
  duplicates: readonly string[],
  options: IntakeOptions,
): Promise<Accepted> {
  const createTime = isoTime(Date.now());
  const partition = partitionFor(runId, options.partitions);
  const records = billRunRecords(runId, content, createTime, partition);
  const trace = traceHeaders(options.telemetry.active());
  // the run's own record is the last: what is cut off before it is no run
  for (let at = 0; at < records.length; at += RECORDS_AT_ONCE) {
    const some = records.slice(at, at + RECORDS_AT_ONCE);
    await options.transport.publish(some.map((record) => ({ ...record, ...trace })));
  }
  const waitMs = VIEW_TIMEOUT_MS + content.customerIdentifiers.length * CUSTOMER_MS;
  const winner = await options.view.waitFor(() => options.view.runs.find(runId), waitMs);
  if (winner === null) throw unknownOutcome(runId);
  return sameContent(winner, content, duplicates, winner.createTime !== createTime);
}

/** What was read, or a 400 that says why it can't be taken. */
export function checked<T>(parsed: Parsed<T>): T {
  if (parsed.ok) return parsed.value;
  const { code, detail } = parsed.complaint;
  throw new HttpProblem({ status: 400, code, detail });
}

function sameContent(
  run: RunRow,
  content: BillRunRequest,
  duplicates: readonly string[],
  replayed: boolean,
): Accepted {
  const asked = allCustomersHash(content);
  const isSame = asked === null ? run.hash === billRunHash(content) : run.requestHash === asked;
  if (isSame) return { run, duplicates, replayed };
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
