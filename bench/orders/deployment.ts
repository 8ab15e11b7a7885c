import { join } from 'node:path';
import { orderTopicSpecs, orderTopics, partitionFor, topicSpecs } from '../../core/mod.ts';
import { type Backing, openBacking } from '../../services/platform/backing.ts';
import { readSettings } from '../../services/platform/config.ts';
import { until } from '../../test/support/until.ts';
import { Running } from '../deploy/running.ts';
import { BenchFailure } from '../measure/failure.ts';

const READY_MS = 120_000;
/** Never short: what is measured is the way of an order, not its refusal. */
const STOCK = 1_000_000_000;

/** All that an order needs to be validated; each instance is a process with all of them. */
const SERVICES = [
  'orders-service',
  'inventory-service',
  'fraud-service',
  'order-details-service',
  'validation-aggregator',
];

export const PRODUCT = 'JUMPERS';

export interface DeployOptions {
  readonly directory: string;
  /** BROKERS and the KAFKA_ settings; empty: the embedded log. */
  readonly kafkaEnv: Readonly<Record<string, string>>;
  readonly instances: number;
  readonly partitions: number;
  /** Only the Orders service. */
  readonly ordersOnly?: boolean;
}

/** Instances of the orders ecosystem as processes, and the log beside them. */
export class OrdersDeployment {
  readonly backing: Backing;
  readonly instances: Running[] = [];
  readonly #options: DeployOptions;

  private constructor(backing: Backing, options: DeployOptions) {
    this.backing = backing;
    this.#options = options;
  }

  /** Topics and stock, and no process yet. */
  static async open(options: DeployOptions): Promise<OrdersDeployment> {
    const { directory, kafkaEnv, partitions } = options;
    const { kafka } = readSettings({ ...kafkaEnv, DATA_DIR: directory }, false);
    const backing = await openBacking({ dataDir: directory, kafka, jobStore: 'memory' });
    await backing.transport.createTopics([...topicSpecs(partitions), ...orderTopicSpecs(partitions)]);
    const value = JSON.stringify({ product: PRODUCT, stock: STOCK, unitPrice: '1.00' });
    const partition = partitionFor(PRODUCT, partitions);
    await backing.transport.publish([
      { topic: orderTopics.warehouseInventory, partition, key: PRODUCT, value },
    ]);
    return new OrdersDeployment(backing, options);
  }

  get urls(): readonly string[] {
    return this.instances.map(({ url }) => url ?? '');
  }

  /** Starts the instances, and waits until all are ready. Throws `BenchFailure`. */
  async start(): Promise<void> {
    const { directory, kafkaEnv, instances, ordersOnly } = this.#options;
    for (let at = 0; at < instances; at++) {
      const env = {
        ...kafkaEnv,
        DATA_DIR: directory,
        ORDERS_PORT: '0',
        INVENTORY_PORT: '0',
        SAMPLES: 'off',
        LOG_FORMAT: 'json',
        BILLS_DIR: join(directory, 'bills'),
      };
      const services = ordersOnly === true ? ['orders-service'] : SERVICES;
      this.instances.push(new Running(`instance ${at + 1}`, ['services/main.ts', ...services], env));
    }
    await this.ready();
  }

  /** Waits until every instance says that it is ready. */
  async ready(): Promise<void> {
    const isReady = async (): Promise<boolean> => {
      this.assertAlive();
      const answers = await Promise.all(
        this.instances.map(({ url, isUp }) =>
          isUp && url !== null ? fetch(`${url}/health/ready`).catch(() => null) : null,
        ),
      );
      return answers.every((answer) => answer?.status === 200);
    };
    try {
      await until('all instances to be ready', isReady, READY_MS);
    } catch (error) {
      if (error instanceof BenchFailure) throw error;
      const tails = this.instances.map((each) => `${each.name}: ${each.tail()}`).join('\n');
      throw new BenchFailure(`not all instances got ready in ${READY_MS / 1000} s\n${tails}`, {
        cause: error,
      });
    }
  }

  assertAlive(): void {
    for (const each of this.instances) each.assertAlive();
  }

  /** Ends the processes; the log stays. */
  async stopInstances(): Promise<void> {
    await Promise.all(this.instances.splice(0).map((each) => each.stop()));
  }

  async stop(): Promise<void> {
    await this.stopInstances();
    await this.backing.close();
  }
}
