import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../broker/ports.ts';
import { Processes, type ServiceProcess } from '../support/processes.ts';
import { until } from '../support/until.ts';
import { type LogSettings, OrdersLog } from './orders-log.ts';
import { ordersIn } from './orders-outbox.ts';

/** What the orders ecosystem is made of, by the names that `bun run services` takes. */
export const kinds = [
  'orders-service',
  'inventory-service',
  'fraud-service',
  'order-details-service',
  'validation-aggregator',
  'fulfilment-service',
  'logistic-service',
  'email-service',
  'crm',
] as const;
export type Kind = (typeof kinds)[number];

/** Each service runs twice. */
export const sides = ['a', 'b'] as const;
type Side = (typeof sides)[number];

/** `brokers` is a cluster that has no topic of ours yet; left out: the embedded log. */
export interface OrdersDeployment extends LogSettings {
  /** How long a killed service's partitions wait for another, on a broker, in milliseconds. */
  readonly sessionTimeoutMs?: number;
}

/** The orders ecosystem as real processes, two of each service, on one log. */
export class OrdersLab {
  readonly log: OrdersLog;
  readonly #deployment: OrdersDeployment;
  readonly #directory: string;
  readonly #ports: ReadonlyMap<Side, readonly [orders: number, crm: number]>;
  readonly #processes: Processes;

  private constructor(deployment: OrdersDeployment, directory: string, log: OrdersLog, ports: number[]) {
    this.log = log;
    this.#deployment = deployment;
    this.#directory = directory;
    this.#processes = new Processes(directory);
    this.#ports = new Map(
      sides.map((side, at) => [side, [ports[2 * at] ?? 0, ports[2 * at + 1] ?? 0] as const]),
    );
  }

  static async make(deployment: OrdersDeployment): Promise<OrdersLab> {
    const directory = mkdtempSync(join(tmpdir(), 'requite-orders-'));
    mkdirSync(join(directory, 'data'));
    const log = await OrdersLog.open(join(directory, 'data'), deployment);
    return new OrdersLab(deployment, directory, log, await freePorts(2 * sides.length));
  }

  /** Where the instances of the Orders service listen. */
  get urls(): readonly string[] {
    return sides.map((side) => this.#url(side, 0));
  }

  /** Starts every service twice. */
  async startAll(): Promise<void> {
    for (const side of sides) await Promise.all(kinds.map((kind) => this.start(kind, side)));
  }

  async start(kind: Kind, side: Side): Promise<void> {
    await this.#processes.start(`${kind}-${side}`, this.processOf(kind, side));
  }

  /** What an instance is started with, for whoever has processes of his own. */
  processOf(kind: Kind, side: Side): ServiceProcess {
    const { brokers, sessionTimeoutMs = 6_000 } = this.#deployment;
    const [orders, crm] = this.#ports.get(side) ?? [0, 0];
    const url =
      kind === 'orders-service' ? this.#url(side, 0) : kind === 'crm' ? this.#url(side, 1) : undefined;
    return {
      services: [kind],
      url,
      env: {
        DATA_DIR: join(this.#directory, 'data'),
        ORDERS_PORT: String(orders),
        CRM_PORT: String(crm),
        INVENTORY_PORT: '0',
        SAMPLES: 'off',
        VALIDATION_LIMIT: '30m',
        LOG_FORMAT: 'json',
        LOG_LEVEL: process.env.LOG_LEVEL ?? 'info',
        ...(brokers === undefined
          ? {}
          : { BROKERS: brokers, KAFKA_SESSION_TIMEOUT_MS: String(sessionTimeoutMs) }),
      },
    };
  }

  /** kill -9 of one instance. */
  kill(kind: Kind, side: Side): Promise<void> {
    return this.#processes.kill(`${kind}-${side}`);
  }

  /** The ids of the orders that the mails in the outbox are about, one for each mail. */
  mails(): readonly string[] {
    return ordersIn(join(this.#directory, 'data', 'outbox'));
  }

  /** As `until`, and says what the services wrote last where it waits in vain. */
  async until(
    what: string | (() => string),
    probe: () => Promise<boolean> | boolean,
    timeoutMs?: number,
  ): Promise<void> {
    try {
      await until('a condition', probe, timeoutMs);
    } catch (error) {
      const awaited = typeof what === 'string' ? what : what();
      throw new Error(`waited in vain for ${awaited}\n${this.#processes.tail()}`, { cause: error });
    }
  }

  /** Kills what still runs, and removes every file, unless STORY_KEEP is set. */
  async close(): Promise<void> {
    await this.#processes.close();
    await this.log.close();
    if (process.env.STORY_KEEP) console.log(`kept: ${this.#directory}`);
    else rmSync(this.#directory, { recursive: true, force: true });
  }

  #url(side: Side, at: 0 | 1): string {
    return `http://127.0.0.1:${this.#ports.get(side)?.[at]}`;
  }
}
