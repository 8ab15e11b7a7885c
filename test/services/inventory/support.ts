import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  inventoryOrdersFold,
  inventoryProductsFold,
  type Order,
  type OrderLine,
  type OrderValidation,
  orderTopicSpecs,
  orderTopics,
  type ProductState,
  partitionFor,
  type Reader,
  topicSpecs,
} from '../../../core/mod.ts';
import { stateId } from '../../../core/view/keyed-state.ts';
import { startInventoryService } from '../../../services/inventory/index.ts';
import type { Backing } from '../../../services/platform/backing.ts';
import { createLogger } from '../../../services/platform/log.ts';
import type { Service } from '../../../services/platform/service.ts';
import { uniqueName } from '../../broker/index.ts';
import { startOn } from '../../support/platform.ts';
import { until } from '../../support/until.ts';
import { openIn, type Place, settingsOf } from './place.ts';

const PARTITIONS = 3;
const logger = createLogger({ logLevel: 'silent', logFormat: 'json' });

export const line = (product: string, quantity = 1): OrderLine => ({ product, quantity, price: '5.00' });

/** Inventories over one log, with the test as the one who writes orders and stock. */
export class InventoryBench {
  readonly place: Place;
  readonly backing: Backing;
  /** What was said about each order, repeats too. */
  readonly #told: Map<string, OrderValidation[]> = new Map();
  readonly #reader: Reader;
  readonly #running: Set<{ stop(): Promise<void> }> = new Set();

  private constructor(place: Place, backing: Backing, reader: Reader) {
    this.place = place;
    this.backing = backing;
    this.#reader = reader;
  }

  static async make(brokers: string | null, samples: 'on' | 'off' = 'off'): Promise<InventoryBench> {
    const dataDir = mkdtempSync(join(tmpdir(), 'requite-inventory-'));
    const place: Place = {
      dataDir,
      brokers,
      prefix: uniqueName('inventory'),
      partitions: PARTITIONS,
      samples,
    };
    const backing = await openIn(place);
    await backing.transport.createTopics([...topicSpecs(PARTITIONS), ...orderTopicSpecs(PARTITIONS)]);
    const reader = await backing.transport.read({ topics: [orderTopics.orderValidations], from: () => 0 });
    return new InventoryBench(place, backing, reader);
  }

  /** An instance of its own, over a connection of its own. */
  async start(): Promise<Service> {
    const backing = await openIn(this.place);
    const service = await startOn(startInventoryService, {
      settings: settingsOf(this.place),
      backing,
      logger,
    });
    const running = {
      ...service,
      stop: async (): Promise<void> => {
        if (!this.#running.delete(running)) return;
        await service.stop();
        await backing.close();
      },
    };
    this.#running.add(running);
    await until('the inventory to be ready', async () => (await running.readiness()).ready);
    return running;
  }

  /** An instance as a process, to be killed. */
  async spawn(): Promise<{ kill(): Promise<void> }> {
    const program = join(import.meta.dir, 'fixtures/instance.ts');
    const child = spawn(process.execPath, [program, JSON.stringify(this.place)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    const running = { stop: () => killed(child) };
    this.#running.add(running);
    await until('the process to be up', () => {
      if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}\n${output}`);
      return output.includes('up\n');
    });
    return { kill: running.stop };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#running].map((each) => each.stop()));
    await this.#reader.close();
    await this.backing.close();
  }

  async publish(topic: string, key: string, ...values: readonly unknown[]): Promise<void> {
    const partition = partitionFor(key, PARTITIONS);
    await this.backing.transport.publish(
      values.map((value) => ({
        topic,
        partition,
        key,
        value: value === null ? null : JSON.stringify(value),
      })),
    );
  }

  /** Sets the stock, and waits until the inventory has it. */
  async stocked(product: string, stock: number): Promise<void> {
    await this.publish(orderTopics.warehouseInventory, product, { product, stock });
    await this.hasStock(product, stock);
  }

  async hasStock(product: string, stock: number): Promise<void> {
    await until(`a stock of ${stock}`, async () => (await this.product(product))?.stock === stock);
  }

  order(id: string, lines: readonly OrderLine[], state: Order['state'] = 'CREATED'): Promise<void> {
    const revision = state === 'CREATED' ? 1 : 2;
    const createdAt = '2026-11-20T08:00:00.000Z';
    const order: Order = { id, customerId: '1', state, revision, lines: [...lines], createdAt, failures: [] };
    return this.publish(orderTopics.orders, id, order);
  }

  /** What was said first about each of these orders, once something was about all. */
  async told(ids: readonly string[]): Promise<OrderValidation[]> {
    await until(`word about ${ids.length} orders`, async () => {
      await this.#read();
      return ids.every((id) => this.#told.has(id));
    });
    return ids.flatMap((id) => this.#told.get(id)?.slice(0, 1) ?? []);
  }

  async results(ids: readonly string[]): Promise<string[]> {
    return (await this.told(ids)).map(({ validationResult }) => validationResult);
  }

  /** The orders about which different things were said. */
  async contradicted(): Promise<string[]> {
    await this.#read();
    return [...this.#told].flatMap(([id, told]) =>
      new Set(told.map((each) => JSON.stringify(each))).size > 1 ? [id] : [],
    );
  }

  async product(name: string): Promise<ProductState | undefined> {
    const id = stateId(inventoryProductsFold.name, `product/${name}`);
    return (await this.backing.jobStore.load([id])).get(id)?.input as unknown as ProductState | undefined;
  }

  /** Waits until so much of a product is reserved. */
  async reserved(product: string, quantity: number): Promise<void> {
    let last: number | undefined;
    await until(
      `${quantity} of ${product} to be reserved`,
      async () => {
        last = (await this.product(product))?.reserved ?? 0;
        return last === quantity;
      },
      30_000,
    ).catch((error: Error) => {
      throw new Error(`${error.message}: there are ${last}`, { cause: error });
    });
  }

  /** While nobody runs: both folds begin at their first record again. */
  async rewind(): Promise<void> {
    for (const { name: group, inputs } of [inventoryOrdersFold, inventoryProductsFold]) {
      const topics = inputs.map(({ topic }) => topic);
      const consumer = await this.backing.transport.join({ group, topics });
      await until('all partitions', async () => {
        if (consumer.partitions().length < PARTITIONS) await consumer.poll({ maxRecords: 1, waitMs: 50 });
        return consumer.partitions().length === PARTITIONS;
      });
      const offsets = topics.flatMap((topic) =>
        consumer.partitions().map((partition) => ({ topic, partition, offset: 0 })),
      );
      await consumer.commit({ records: [], offsets });
      await consumer.close();
    }
  }

  /** Waits until both groups have taken all there is: what they would publish yet is nothing. */
  async settled(): Promise<void> {
    let before = '';
    await until('the topics to be quiet', async () => {
      const ends = await Promise.all(
        [orderTopics.inventoryRequests, orderTopics.inventoryReplies, orderTopics.orderValidations].map(
          (topic) => this.backing.transport.endOffsets(topic),
        ),
      );
      const now = JSON.stringify(ends);
      const isQuiet = now === before;
      before = now;
      if (!isQuiet) await Bun.sleep(500);
      return isQuiet;
    });
  }

  async #read(): Promise<void> {
    for (const { value } of await this.#reader.poll({ maxRecords: 1_000, waitMs: 20 })) {
      const said = JSON.parse(String(value)) as OrderValidation;
      this.#told.set(said.orderId, [...(this.#told.get(said.orderId) ?? []), said]);
    }
  }
}

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGKILL');
  await ended;
}
