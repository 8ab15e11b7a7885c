// Publishes the workflows of runs. The owner of a run's partition does it, and commits the run's offset only
// when all of them are published: after a crash the run is published again, which is harmless (invariant 1).
import {
  addTo,
  type BillRequest,
  type BillRun,
  type Consumer,
  type IncomingRecord,
  isSampled,
  type Ledger,
  ORDER_BILLING_TYPE,
  type OrderBillRequest,
  type OutgoingRecord,
  partitionFor,
  type Transport,
  TransportError,
  topics,
  traceHeaders,
  unsampled,
} from '../../core/mod.ts';
import { offsetsAfter, type Processor } from '../platform/host/loop.ts';
import { RecordSpans } from '../platform/host/record-spans.ts';
import type { Telemetry } from '../platform/telemetry/index.ts';
import { readRunRecord } from './run-records.ts';
import type { CoordinatorView } from './view/index.ts';
import { periodOf, type RunRow, type RunWorkflow, workflowTypeOf } from './view/run-queries.ts';

/** The group whose members share the runs. */
const PUBLISHER_GROUP = 'coordinator';

/** Workflows published at once. */
const CHUNK = 2_000;
const VIEW_TIMEOUT_MS = 5_000;
/** So many published runs are remembered, so that a repeat of their record is not published again. */
const REMEMBERED = 10_000;
/** Of a run whose trace is sampled, about so many workflows are: a trace of 100,000 of them would be of use to nobody. */
const TRACED_WORKFLOWS = 100;

export interface PublisherOptions {
  readonly transport: Transport;
  readonly view: CoordinatorView;
  readonly partitions: number;
  readonly onPublished: (workflows: number) => void;
  readonly telemetry: Telemetry;
}

/** Publishes runs, as one of the coordinators' group. */
export class Publisher implements Processor {
  readonly group: string = PUBLISHER_GROUP;
  readonly topics: readonly string[] = [topics.billingRuns];
  readonly asideReason: string = 'publishing-failed';
  /** Runs published at once; they are large. */
  readonly maxRecords: number = 200;
  private readonly options: PublisherOptions;
  private readonly published: Set<string> = new Set();
  private isStopping = false;
  private caughtUp = false;

  constructor(options: PublisherOptions) {
    this.options = options;
  }

  /** Another member may have begun what this one now owns: skip only what a view that is up to date knows. */
  onGained(): void {
    this.caughtUp = false;
  }

  onStop(): void {
    this.isStopping = true;
  }

  /** An accepted run is never put aside: it is tried until it is published. */
  isRecordsFault(): boolean {
    return false;
  }

  async handle(records: readonly IncomingRecord[], consumer: Consumer): Promise<Ledger> {
    const ledger: Ledger = {};
    this.caughtUp ||= await this.options.view.caughtUp(VIEW_TIMEOUT_MS);
    if (!this.caughtUp) throw new TransportError('unavailable', 'the view has not caught up with the log');
    const begun: string[] = [];
    const spans = new RecordSpans(this.options.telemetry, this.group);
    let pending: OutgoingRecord[] = [];
    for (const record of records) {
      const chunks = await this.recordsFor(record, begun, spans);
      addTo(ledger, record.topic, chunks === null ? 'repeat' : 'applied');
      for (const chunk of chunks ?? []) {
        if (pending.length + chunk.length > CHUNK) {
          if (this.isStopping)
            throw new TransportError('closed', 'stopped; the next owner publishes the rest');
          await this.options.transport.publish(pending);
          pending = [];
        }
        pending.push(...chunk);
      }
    }
    await consumer.commit({ records: pending, offsets: offsetsAfter(records) });
    spans.tell();
    for (const run of begun) this.remember(run);
    return ledger;
  }

  /** What one record of `billing-runs` makes the owner publish, in chunks; null where there is nothing new in it. */
  private async recordsFor(
    record: IncomingRecord,
    begun: string[],
    spans: RecordSpans,
  ): Promise<Iterable<readonly OutgoingRecord[]> | null> {
    const read = readRunRecord(record, this.options.partitions);
    if (read.kind !== 'run') return null;
    if (!(await this.options.view.appliedTo(record, VIEW_TIMEOUT_MS))) {
      throw new TransportError('unavailable', 'the view has not come to this run');
    }
    const winner = this.options.view.runs.find(read.run['run-id']);
    if (winner === null) return null; // the view has refused it, and counted that
    if (winner.hash !== read.run['content-hash']) return [[this.manifestOf(winner, record.partition)]];
    if (this.published.has(winner.runId) || begun.includes(winner.runId)) return null;
    begun.push(winner.runId);
    const span = spans.begin(record, 'publish run');
    span.set({ 'requite.run_id': winner.runId, 'requite.workflows': winner.count });
    return this.workflowsOf(winner, span.traceparent);
  }

  private *workflowsOf(run: RunRow, traceparent: string | null): Iterable<readonly OutgoingRecord[]> {
    let last = 0;
    for (;;) {
      const page = this.options.view.runs.unknownWorkflows(run.runId, last, CHUNK);
      const end = page.at(-1);
      if (end === undefined) return;
      last = end.seq;
      this.options.onPublished(page.length);
      yield page.map((workflow) => this.workflowRecord(run, workflow, traceparent));
    }
  }

  private workflowRecord(
    run: RunRow,
    { workflowId, customerIdentifier }: RunWorkflow,
    traceparent: string | null,
  ): OutgoingRecord {
    const billDate = run.billDate === null ? {} : { billDate: run.billDate };
    const period = periodOf(run);
    const payload: BillRequest | OrderBillRequest =
      period === null ? { customerIdentifier, ...billDate } : { customerIdentifier, period, ...billDate };
    const message = {
      'workflow-type': workflowTypeOf(run),
      'workflow-id': workflowId,
      'create-time': run.createTime,
      payload,
    };
    const partition = partitionFor(workflowId, this.options.partitions);
    const trace = traceHeaders(traceOf(traceparent, workflowId, run.count));
    return {
      topic: topics.workflowQueue,
      partition,
      key: workflowId,
      value: JSON.stringify(message),
      ...trace,
    };
  }

  /** The winner's record once more, so that compaction keeps it and not the one that came later. */
  private manifestOf(winner: RunRow, partition: number): OutgoingRecord {
    const period = periodOf(winner);
    const run: BillRun = {
      'run-id': winner.runId,
      'create-time': winner.createTime,
      ...(winner.billDate === null ? {} : { 'bill-date': winner.billDate }),
      ...(period === null ? {} : { 'workflow-type': ORDER_BILLING_TYPE, period }),
      ...(winner.label === null ? {} : { label: winner.label }),
      ...(winner.billingPeriod === null ? {} : { 'billing-period': winner.billingPeriod }),
      ...(winner.requestHash === null ? {} : { 'request-hash': winner.requestHash }),
      'content-hash': winner.hash,
      count: winner.count,
      parts: winner.parts,
    };
    return { topic: topics.billingRuns, partition, key: winner.runId, value: JSON.stringify(run) };
  }

  private remember(runId: string): void {
    this.published.add(runId);
    const [oldest] = this.published;
    if (this.published.size > REMEMBERED && oldest !== undefined) this.published.delete(oldest);
  }
}

/** The run's trace as one of its workflows has it: only about `TRACED_WORKFLOWS` of them stay sampled, by their ids. */
function traceOf(traceparent: string | null, workflowId: string, count: number): string | null {
  if (!isSampled(traceparent) || count <= TRACED_WORKFLOWS) return traceparent;
  return partitionFor(workflowId, count) < TRACED_WORKFLOWS ? traceparent : unsampled(traceparent);
}
