import {
  type AnyKeyedFold,
  type Consumer,
  foldBatch,
  type IncomingRecord,
  type Ledger,
  readBatch,
  stateIdsOf,
} from '../../../core/mod.ts';
import type { Backing } from '../backing.ts';
import type { Logger } from '../log.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { offsetsAfter, type Processor } from './loop.ts';
import { logRecords } from './record-log.ts';
import { RecordSpans } from './record-spans.ts';
import { StoreGuard } from './store-guard.ts';

/** Nothing is due by time. */
const IDLE_MS = 500;

export interface KeyedFoldProcessorOptions {
  readonly backing: Backing;
  readonly fold: AnyKeyedFold;
  readonly group: string;
  readonly partitions: number;
  /** Names the job store, where another would not have its states. */
  readonly storeId: string | null;
  readonly acceptLostJobs: boolean;
  readonly logger: Logger;
  readonly telemetry?: Telemetry | undefined;
}

/** Runs a keyed fold: loads the states that a batch needs, lets the core fold, commits the unit. */
export class KeyedFoldProcessor implements Processor {
  readonly group: string;
  readonly topics: readonly string[];
  readonly asideReason: string = 'processing-failed';
  readonly mark: string | undefined;
  readonly #guard: StoreGuard;
  readonly #options: KeyedFoldProcessorOptions;

  constructor(options: KeyedFoldProcessorOptions) {
    this.#options = options;
    this.group = options.group;
    this.topics = options.fold.inputs.map(({ topic }) => topic);
    this.#guard = new StoreGuard(options);
    this.mark = this.#guard.mark;
  }

  onGained(_partitions: readonly number[], marks: readonly string[]): void {
    this.#guard.inspect(marks);
  }

  /** Gives up as soon as it is known that the states are elsewhere, also where no record comes. */
  async tick(): Promise<number> {
    this.#guard.check();
    return IDLE_MS;
  }

  async handle(records: readonly IncomingRecord[], consumer: Consumer): Promise<Ledger> {
    this.#guard.check();
    const { backing, fold, partitions, logger, telemetry } = this.#options;
    const spans = new RecordSpans(telemetry, this.group);
    const batch = readBatch(fold, records);
    const stored = await backing.jobStore.load(stateIdsOf(fold, batch));
    const isTraced = telemetry?.tracing === true;
    const { decided, ledger, traced } = foldBatch(fold, batch, stored, partitions, isTraced);
    for (const { record, traceparent } of traced)
      spans.add(record, `${fold.name} ${record.topic}`, traceparent);
    await backing.commit(consumer, { decided, offsets: offsetsAfter(records), allOrNone: true });
    spans.tell();
    logRecords(
      logger,
      decided.flatMap((each) => each.records),
    );
    return ledger;
  }
}
