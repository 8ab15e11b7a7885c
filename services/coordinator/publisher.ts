// Publishes the workflows of runs. The owner of a run's partition does it, and commits the run's offset only
// when all of them are published: after a crash the run is published again, which is harmless (invariant 1).
import {
  type BillRequest,
  type BillRun,
  billGeneration,
  type Consumer,
  type IncomingRecord,
  type OutgoingRecord,
  partitionFor,
  type Transport,
  TransportError,
  topics,
} from '../../core/mod.ts';
import type { Logger } from '../platform/log.ts';
import { pause } from '../platform/pause.ts';
import { readRunRecord } from './run-records.ts';
import type { CoordinatorView } from './view/index.ts';
import type { RunRow, RunWorkflow } from './view/run-queries.ts';

/** The group whose members share the runs. */
const PUBLISHER_GROUP = 'coordinator';

/** Workflows published at once. */
const CHUNK = 2_000;
const BATCH = 200;
const POLL_MS = 500;
const VIEW_TIMEOUT_MS = 30_000;
const BACKOFF_MS = { first: 50, most: 2_000 } as const;
/** So many published runs are remembered, so that a repeat of their record is not published again. */
const REMEMBERED = 10_000;

export interface PublisherOptions {
  readonly transport: Transport;
  readonly view: CoordinatorView;
  readonly partitions: number;
  readonly logger: Logger;
  readonly onPublished: (workflows: number) => void;
}

/** One member of the publishers' group, working until it is stopped. */
export class Publisher {
  private readonly options: PublisherOptions;
  private readonly published: Set<string> = new Set();
  private readonly stopped: AbortController = new AbortController();
  private consumer: Consumer | null = null;
  private isPolling = false;
  private failures = 0;
  private standing = 'joining';
  private caughtUp = false;
  private readonly done: Promise<void>;

  constructor(options: PublisherOptions) {
    this.options = options;
    this.done = this.work();
  }

  /** 'joined', or what it waits for. */
  status(): string {
    return this.standing;
  }

  /** Finishes the chunk in hand and leaves the group. */
  async stop(): Promise<void> {
    this.stopped.abort();
    if (this.isPolling) await this.leave(); // ends the poll
    await this.done;
  }

  private async work(): Promise<void> {
    while (!this.stopped.signal.aborted) {
      try {
        await this.round();
        this.recover();
      } catch (error) {
        // whatever it is, the runs are still on the log: say so once, go back to what is committed, try again
        await this.afterFailure(error);
      }
    }
    await this.leave();
  }

  private async round(): Promise<void> {
    const { transport } = this.options;
    const options = {
      group: PUBLISHER_GROUP,
      topics: [topics.billingRuns],
      onGained: () => this.forgetCatchUp(),
    };
    this.consumer ??= await transport.join(options);
    this.isPolling = true;
    const records = await this.consumer.poll({ maxRecords: BATCH, waitMs: POLL_MS });
    this.isPolling = false;
    this.standing = 'joined';
    if (records.length > 0) await this.publishBatch(this.consumer, records);
  }

  /** Another member may have begun what this one now owns: skip only what a view that is up to date knows. */
  private forgetCatchUp(): void {
    this.caughtUp = false;
  }

  private async publishBatch(consumer: Consumer, records: readonly IncomingRecord[]): Promise<void> {
    this.caughtUp ||= await this.options.view.caughtUp(VIEW_TIMEOUT_MS);
    if (!this.caughtUp) throw new TransportError('unavailable', 'the view has not caught up with the log');
    const begun: string[] = [];
    let pending: OutgoingRecord[] = [];
    for (const record of records) {
      for (const chunk of await this.recordsFor(record, begun)) {
        if (pending.length + chunk.length > CHUNK) {
          if (this.stopped.signal.aborted) return;
          await this.options.transport.publish(pending);
          pending = [];
        }
        pending.push(...chunk);
      }
    }
    const offsets = new Map(
      records.map(({ topic, partition, offset }) => [partition, { topic, partition, offset: offset + 1 }]),
    );
    await consumer.commit({ records: pending, offsets: [...offsets.values()] });
    for (const run of begun) this.remember(run);
  }

  /** What one record of `billing-runs` makes the owner publish, in chunks. */
  private async recordsFor(
    record: IncomingRecord,
    begun: string[],
  ): Promise<Iterable<readonly OutgoingRecord[]>> {
    const read = readRunRecord(record, this.options.partitions);
    if (read.kind !== 'run') return [];
    if (!(await this.options.view.appliedTo(record, VIEW_TIMEOUT_MS))) {
      throw new TransportError('unavailable', 'the view has not come to this run');
    }
    const winner = this.options.view.runs.find(read.run['run-id']);
    if (winner === null) return []; // the view has refused it, and counted that
    if (winner.hash !== read.run['content-hash']) return [[this.manifestOf(winner, record.partition)]];
    if (this.published.has(winner.runId) || begun.includes(winner.runId)) return [];
    begun.push(winner.runId);
    return this.workflowsOf(winner);
  }

  private *workflowsOf(run: RunRow): Iterable<readonly OutgoingRecord[]> {
    let last = 0;
    for (;;) {
      const page = this.options.view.runs.unknownWorkflows(run.runId, last, CHUNK);
      const end = page.at(-1);
      if (end === undefined) return;
      last = end.seq;
      this.options.onPublished(page.length);
      yield page.map((workflow) => this.workflowRecord(run, workflow));
    }
  }

  private workflowRecord(run: RunRow, { workflowId, customerIdentifier }: RunWorkflow): OutgoingRecord {
    const billDate = run.billDate === null ? {} : { billDate: run.billDate };
    const payload: BillRequest = { customerIdentifier, ...billDate };
    const message = {
      'workflow-type': billGeneration.type,
      'workflow-id': workflowId,
      'create-time': run.createTime,
      payload,
    };
    const partition = partitionFor(workflowId, this.options.partitions);
    return { topic: topics.workflowQueue, partition, key: workflowId, value: JSON.stringify(message) };
  }

  /** The winner's record once more, so that compaction keeps it and not the one that came later. */
  private manifestOf(winner: RunRow, partition: number): OutgoingRecord {
    const run: BillRun = {
      'run-id': winner.runId,
      'create-time': winner.createTime,
      ...(winner.billDate === null ? {} : { 'bill-date': winner.billDate }),
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

  private recover(): void {
    if (this.failures > 0) this.options.logger.info({ failures: this.failures }, 'publishing runs again');
    this.failures = 0;
  }

  private async afterFailure(error: unknown): Promise<void> {
    if (this.stopped.signal.aborted) return;
    this.failures++;
    this.isPolling = false;
    const code = error instanceof TransportError ? error.code : 'unexpected';
    this.standing = `retrying after: ${code}`;
    if (this.failures === 1)
      this.options.logger.warn({ err: error, code }, 'publishing runs is held up: trying again');
    const waitMs = Math.min(BACKOFF_MS.most, BACKOFF_MS.first * 2 ** Math.min(this.failures - 1, 10));
    await pause(waitMs, this.stopped.signal);
    await this.rewind(code);
  }

  private async rewind(code: string): Promise<void> {
    const consumer = this.consumer;
    try {
      if (code !== 'closed') return await consumer?.rewind();
    } catch (error) {
      // what can't go back is left, and the group is joined anew
      this.options.logger.debug({ err: error }, 'could not rewind');
    }
    await this.leave();
  }

  private async leave(): Promise<void> {
    const consumer = this.consumer;
    this.consumer = null;
    try {
      await consumer?.close();
    } catch (error) {
      // the group will notice by itself that this member is gone
      this.options.logger.debug({ err: error }, 'could not leave the group');
    }
  }
}
