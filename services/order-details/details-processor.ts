import {
  type Consumer,
  commitInOrder,
  detailsFold,
  type IncomingRecord,
  type KeyedFold,
  type Ledger,
  MemoryJobStore,
  type Order,
  readBatch,
} from '../../core/mod.ts';
import { KeyedFoldProcessor, type KeyedFoldProcessorOptions } from '../platform/host/keyed-fold-processor.ts';
import type { Catalogue } from './catalogue-view.ts';

/** Checks orders by the catalogue; one that is not in it is unknown only once all that is on the log has been read. */
export class DetailsProcessor extends KeyedFoldProcessor {
  readonly #fold: KeyedFold<Order, never>;
  readonly #catalogue: Catalogue;

  constructor(
    catalogue: Catalogue,
    options: Pick<KeyedFoldProcessorOptions, 'backing' | 'partitions' | 'logger' | 'telemetry'>,
  ) {
    const fold = detailsFold((product) => catalogue.has(product));
    const jobStore = new MemoryJobStore(); // it keeps no states
    const backing = { ...options.backing, jobStore, commit: commitInOrder(jobStore), atomic: false };
    super({ ...options, backing, fold, group: fold.name, storeId: null, acceptLostJobs: true });
    this.#fold = fold;
    this.#catalogue = catalogue;
  }

  override async handle(records: readonly IncomingRecord[], consumer: Consumer): Promise<Ledger> {
    // a product may have come a moment before its order, and a FAIL is final
    if (this.#namesUnknown(records)) await this.#catalogue.catchUp();
    return super.handle(records, consumer);
  }

  #namesUnknown(records: readonly IncomingRecord[]): boolean {
    return readBatch(this.#fold, records).some(
      ({ reading }) =>
        reading.kind === 'message' &&
        (reading.message as Order).lines.some(({ product }) => !this.#catalogue.has(product)),
    );
  }
}
