// Jobs as `workflow-events` tells them, read from the log alone.
import {
  decode,
  type IncomingRecord,
  JobReport,
  partitionFor,
  type Reader,
  type Transport,
  topics,
} from '../../../core/mod.ts';
import { readToEnd } from '../read-to-end.ts';

const TOPIC = topics.workflowEvents;
const BATCH = 2_000;
const POLL_MS = 500;

/** A report, as far as commands show it. */
export type Told = Pick<JobReport, 'revision' | 'status' | 'time' | 'events' | 'version'> & {
  readonly workflowId: string;
  readonly workflowType: string;
};

/** Every report of these partitions (null: of all), up to the end as it is now. */
async function* reportsOf(transport: Transport, partitions: readonly number[] | null): AsyncGenerator<Told> {
  const ends = await transport.endOffsets(TOPIC);
  const options = { maxRecords: BATCH, ...(partitions === null ? {} : { partitions }) };
  for await (const records of readToEnd(transport, new Map([[TOPIC, ends]]), options)) {
    for (const record of records) {
      const told = toldBy(record);
      if (told !== null) yield told;
    }
  }
}

/** Null for what is no report. */
function toldBy({ value }: IncomingRecord): Told | null {
  const report = decode<JobReport>(value, JobReport);
  if (!report.ok) return null;
  const { 'workflow-type': workflowType, 'workflow-id': workflowId, ...rest } = report.value;
  return { ...rest, workflowType, workflowId };
}

/** The reports of one job, each revision once, the oldest first. */
export async function reportsOfJob(transport: Transport, workflowId: string): Promise<readonly Told[]> {
  const { length } = await transport.endOffsets(TOPIC);
  const found = new Map<number, Told>();
  for await (const told of reportsOf(transport, [partitionFor(workflowId, length)]))
    if (told.workflowId === workflowId && !found.has(told.revision)) found.set(told.revision, told);
  return [...found.values()].sort((one, other) => one.revision - other.revision);
}

/** Why a report says that its job is parked or failed; null where it doesn't. */
export function problemIn({ events }: Told): { readonly code: string; readonly message: string } | null {
  const last = events.findLast(({ event }) => event === 'parked' || event === 'failed');
  return last !== undefined && 'error' in last ? (last.error ?? null) : null;
}

/** The jobs that are parked now, by workflow-id. It remembers those that ever were. */
export async function parkedJobs(transport: Transport): Promise<readonly Told[]> {
  const latest = new Map<string, Told>();
  for await (const told of reportsOf(transport, null)) {
    const known = latest.get(told.workflowId);
    if (known === undefined ? told.status === 'parked' : told.revision > known.revision)
      latest.set(told.workflowId, told);
  }
  return [...latest.values()]
    .filter(({ status }) => status === 'parked')
    .sort((one, other) => (one.workflowId < other.workflowId ? -1 : 1));
}

/** Waits for reports of one job, from the end of the log on. Open it before what they come of. */
export class Outcome {
  readonly #reader: Reader;
  readonly #workflowId: string;

  private constructor(reader: Reader, workflowId: string) {
    this.#reader = reader;
    this.#workflowId = workflowId;
  }

  static async open(transport: Transport, workflowId: string): Promise<Outcome> {
    const ends = await transport.endOffsets(TOPIC);
    const partition = partitionFor(workflowId, ends.length);
    const from = ends[partition] ?? 0;
    return new Outcome(
      await transport.read({ topics: [TOPIC], partitions: [partition], from: () => from }),
      workflowId,
    );
  }

  /** The first report above this revision; null where none has come within the time. */
  async after(revision: number, waitMs: number): Promise<Told | null> {
    for (const giveUpAt = performance.now() + waitMs; performance.now() < giveUpAt; ) {
      const left = Math.max(1, giveUpAt - performance.now());
      const records = await this.#reader.poll({ maxRecords: BATCH, waitMs: Math.min(POLL_MS, left) });
      const found = records.map(toldBy).find((told) => this.#isOf(told, revision));
      if (found) return found;
    }
    return null;
  }

  #isOf(told: Told | null, revision: number): boolean {
    return told?.workflowId === this.#workflowId && told.revision > revision;
  }

  async close(): Promise<void> {
    await this.#reader.close();
  }
}
