import {
  type OutgoingRecord,
  orderTopics,
  type ReadOptions,
  type StockLevel,
  type Transport,
} from '../../../core/mod.ts';
import { recordOf } from '../fraud/support.ts';

/** A product's level in the warehouse; null: there is no such product any longer. */
export const level = (product: string, stock: number | null): OutgoingRecord =>
  recordOf(
    orderTopics.warehouseInventory,
    product,
    stock === null ? null : ({ product, stock } satisfies StockLevel),
  );

/** A log whose warehouse can't be read for a while: its readers then wait, as where the topic is long. */
export class HeldWarehouse {
  readonly transport: Transport;
  isHeld = true;
  /** How often somebody asked where the warehouse's topic ends. */
  askedEnds = 0;
  readonly joined: string[] = [];

  constructor(log: Transport) {
    this.transport = {
      createTopics: (topics) => log.createTopics(topics),
      publish: (records) => log.publish(records),
      join: (options) => {
        this.joined.push(options.group);
        return log.join(options);
      },
      read: (options) => this.#read(log, options),
      endOffsets: (topic) => {
        if (topic === orderTopics.warehouseInventory) this.askedEnds++;
        return log.endOffsets(topic);
      },
      logId: () => log.logId(),
      close: () => log.close(),
    };
  }

  async #read(log: Transport, options: ReadOptions): ReturnType<Transport['read']> {
    const reader = await log.read(options);
    if (!options.topics.includes(orderTopics.warehouseInventory)) return reader;
    let isClosed = false;
    const released = async (): Promise<void> => {
      while (this.isHeld && !isClosed) await Bun.sleep(20);
    };
    return {
      poll: async (poll) => {
        await released();
        const records = isClosed ? [] : await reader.poll({ ...poll, waitMs: Math.min(poll.waitMs, 50) });
        await released(); // held while it was polled: what came is held too
        return records;
      },
      position: (topic, partition) => reader.position(topic, partition),
      close: () => {
        isClosed = true;
        return reader.close();
      },
    };
  }
}
