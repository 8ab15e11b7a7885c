import type { IncomingRecord } from '../messages/record.ts';
import type { Consumer } from '../messages/transport.ts';
import { foldBatch, readBatch, stateIdsOf } from '../view/fold-batch.ts';
import type { AnyKeyedFold } from '../view/keyed-fold.ts';
import type { Ledger } from '../workflow/ledger.ts';
import {
  type LogLines,
  offsetsAfter,
  type Processor,
  type WorkObserver,
  type Workplace,
} from './processor.ts';
import { StoreGuard } from './store-guard.ts';

/** Nothing is due by time. */
const IDLE_MS = 500;

export interface KeyedFoldProcessorOptions {
  readonly backing: Workplace;
  readonly fold: AnyKeyedFold;
  readonly group: string;
  readonly partitions: number;
  /** Names the job store, where another would not have its states. */
  readonly storeId: string | null;
  readonly acceptLostJobs: boolean;
  readonly logger: LogLines;
  readonly observer?: WorkObserver | undefined;
}

/** Runs a keyed fold: loads the states that a batch needs, folds, commits the unit. */
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
    const { backing, fold, partitions, observer } = this.#options;
    const spans = observer?.batch(this.group);
    const batch = readBatch(fold, records);
    const stored = await backing.jobStore.load(stateIdsOf(fold, batch));
    const isTraced = observer?.tracing === true;
    const { decided, ledger, traced } = foldBatch(fold, batch, stored, partitions, isTraced);
    for (const { record, traceparent } of traced)
      spans?.add(record, `${fold.name} ${record.topic}`, traceparent);
    await backing.commit(consumer, { decided, offsets: offsetsAfter(records), allOrNone: true });
    spans?.tell();
    observer?.published(decided.flatMap((each) => each.records));
    return ledger;
  }
}
