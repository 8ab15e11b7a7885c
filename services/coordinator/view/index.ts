// The coordinator's materialized view: runs, jobs and dead letters, folded from the log into a SQLite file of its own.
import { type IncomingRecord, type Transport, topics } from '../../../core/mod.ts';
import type { Logger } from '../../platform/log.ts';
import { openView, type View, viewFile } from '../../platform/view/index.ts';
import { BillQueries } from './bill-queries.ts';
import { DriveQueries } from './drive-queries.ts';
import { Fold } from './fold.ts';
import { JobQueries } from './job-queries.ts';
import { LetterQueries } from './letter-queries.ts';
import { RunQueries } from './run-queries.ts';
import { VIEW_DDL, VIEW_VERSION } from './schema.ts';

const VIEW_TOPICS: readonly string[] = [
  topics.billingRuns,
  topics.runCommands,
  topics.workflowEvents,
  topics.deadLetters,
  topics.deadLetterReplays,
];

export interface CoordinatorViewOptions {
  readonly transport: Transport;
  readonly dataDir: string;
  /** Where it listens: tells the files of several coordinators apart. */
  readonly port: number;
  readonly partitions: number;
  readonly logger: Logger;
}

/** Runs, jobs and dead letters, queryable, with waiting reads. */
export class CoordinatorView {
  readonly runs: RunQueries;
  readonly jobs: JobQueries;
  readonly bills: BillQueries;
  readonly letters: LetterQueries;
  readonly driving: DriveQueries;
  private readonly view: View;
  private readonly partitions: number;

  private constructor(view: View, partitions: number) {
    this.view = view;
    this.partitions = partitions;
    this.runs = new RunQueries(view.db);
    this.jobs = new JobQueries(view.db);
    this.bills = new BillQueries(view.db);
    this.letters = new LetterQueries(view.db);
    this.driving = new DriveQueries(view.db);
  }

  static async open(options: CoordinatorViewOptions): Promise<CoordinatorView> {
    const { transport, dataDir, port, partitions, logger } = options;
    let fold: Fold | null = null;
    const view = await openView({
      transport,
      file: viewFile(dataDir, 'coordinator', port),
      version: VIEW_VERSION,
      ddl: VIEW_DDL,
      topics: VIEW_TOPICS,
      apply: (db, records) => {
        fold ??= new Fold(db, partitions);
        fold.apply(db, records);
      },
      logger,
    });
    return new CoordinatorView(view, partitions);
  }

  /** Waits until the view has all that the log has now; false where it has not within the time. */
  async caughtUp(timeoutMs: number): Promise<boolean> {
    return this.view.caughtUp(timeoutMs);
  }

  /** Waits until the view has this record; false where it has not within the time. */
  async appliedTo({ topic, partition, offset }: IncomingRecord, timeoutMs: number): Promise<boolean> {
    return this.view.appliedTo({ topic, partition, offset }, timeoutMs);
  }

  /** Waits until the probe finds something; null where it has not within the time. */
  async waitFor<T>(probe: () => T | null, timeoutMs: number, signal?: AbortSignal): Promise<T | null> {
    return (await this.view.waitFor(() => probe() ?? undefined, timeoutMs, signal)) ?? null;
  }

  /** The next offset of each partition of `workflow-events` to be folded. */
  reportOffsets(): readonly number[] {
    return Array.from({ length: this.partitions }, (_, at) =>
      this.view.nextOffset(topics.workflowEvents, at),
    );
  }

  /** Calls after each applied batch; returns how to end that. */
  onApplied(listener: (records: readonly IncomingRecord[]) => void): () => void {
    return this.view.onApplied(listener);
  }

  /** How the view stands: 'running', or what it waits for. */
  readiness(): string {
    return this.view.readiness();
  }

  async close(): Promise<void> {
    await this.view.close();
  }
}
