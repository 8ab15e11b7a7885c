import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../broker/ports.ts';
import { Processes } from '../support/processes.ts';
import { until } from '../support/until.ts';
import { type LogSettings, OrdersLog } from './orders-log.ts';

/** After so many stock checks that failed in a row none is made for a while. */
const BREAK_AFTER = 3;
const HALF_OPEN_AFTER_MS = 1_000;
const STOCK_CHECK_MS = 500;
/** An order that is not taken by then is given up. */
const GIVE_UP_MS = 60_000;

export interface PlacedReply {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: JSON of an answer, looked into by expectations only
  readonly body: any;
}

/** Circuit breaker states, as the metric counts them. */
const BREAKER_STATES = ['closed', 'half-open', 'open'] as const;
export type BreakerState = (typeof BREAKER_STATES)[number];

/** The Orders service with its validators, the inventory, and the catalogue: three processes on one log. */
export class StockCheckLab {
  readonly log: OrdersLog;
  readonly processes: Processes;
  readonly #directory: string;
  readonly #deployment: LogSettings;
  readonly #ports: readonly number[];
  readonly #more: Readonly<Record<string, string>>;

  private constructor(
    deployment: LogSettings,
    directory: string,
    log: OrdersLog,
    ports: readonly number[],
    more: Readonly<Record<string, string>>,
  ) {
    this.log = log;
    this.processes = new Processes(directory);
    this.#deployment = deployment;
    this.#directory = directory;
    this.#ports = ports;
    this.#more = more;
  }

  /** `inventoryUrl`: where the Orders service finds the inventory, instead of looking it up. */
  static async make(
    deployment: LogSettings,
    inventoryUrl?: (own: string) => Promise<string>,
  ): Promise<StockCheckLab> {
    const directory = mkdtempSync(join(tmpdir(), 'requite-stock-check-'));
    mkdirSync(join(directory, 'data'));
    const log = await OrdersLog.open(join(directory, 'data'), deployment);
    const ports = await freePorts(4);
    const url = await inventoryUrl?.(`http://127.0.0.1:${ports[1]}`);
    const more: Record<string, string> = url === undefined ? {} : { INVENTORY_URL: url };
    return new StockCheckLab(deployment, directory, log, ports, more);
  }

  get orders(): string {
    return `http://127.0.0.1:${this.#ports[0]}`;
  }

  get inventory(): string {
    return `http://127.0.0.1:${this.#ports[1]}`;
  }

  get products(): string {
    return `http://127.0.0.1:${this.#ports[2]}`;
  }

  async startAll(): Promise<void> {
    await Promise.all([this.#startOrders(), this.startInventory(), this.#startProducts()]);
  }

  startInventory(): Promise<void> {
    return this.processes.start('inventory', {
      services: ['inventory-service'],
      url: this.inventory,
      env: this.#env({ INVENTORY_PORT: String(this.#ports[1]) }),
    });
  }

  /** Freezes the inventory; the embedded log stays writable. */
  freezeInventory(): Promise<void> {
    return this.processes.freeze('inventory', join(this.#directory, 'data'));
  }

  /** Places an order; one that was not confirmed is sent again, which does no harm where it has an id. */
  async place(order: object): Promise<PlacedReply> {
    return until('the order to be confirmed or turned down', async () => {
      const response = await fetch(`${this.orders}/api/orders`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(order),
        signal: AbortSignal.timeout(GIVE_UP_MS),
      });
      const reply = { status: response.status, body: await response.json() };
      return reply.status === 503 ? null : reply;
    });
  }

  /** Puts products into the catalogue and pieces of each on the shelves. */
  async furnish(stock: ReadonlyMap<string, number>): Promise<void> {
    for (const [sku, pieces] of stock) {
      const product = { sku, name: `The ${sku}`, unitPrice: '1.00', currency: 'EUR' };
      await this.#send(`${this.products}/products`, 'POST', product);
      await this.#send(`${this.inventory}/inventory/${sku}`, 'PUT', { stock: pieces });
    }
  }

  /** How the breaker around the inventory stands, by the metrics of the process. */
  async breaker(): Promise<BreakerState | undefined> {
    const text = await (await fetch(`http://127.0.0.1:${this.#ports[3]}/metrics`)).text();
    const value = /^circuit_breaker_state\{[^}]*service="inventory-service"[^}]*\} (\d)/m.exec(text)?.[1];
    return value === undefined ? undefined : BREAKER_STATES[Number(value)];
  }

  async close(): Promise<void> {
    await this.processes.close();
    await this.log.close();
    if (process.env.STORY_KEEP) console.log(`kept: ${this.#directory}`);
    else rmSync(this.#directory, { recursive: true, force: true });
  }

  #startOrders(): Promise<void> {
    return this.processes.start('orders', {
      services: ['orders-service', 'fraud-service', 'order-details-service', 'validation-aggregator'],
      url: this.orders,
      env: this.#env({
        ORDERS_PORT: String(this.#ports[0]),
        OPERATIONS_PORT: String(this.#ports[3]),
        CONFIG_ORDERS_SERVICE_STOCK_CHECK_TIMEOUT_MS: String(STOCK_CHECK_MS),
        CONFIG_ORDERS_SERVICE_BREAK_AFTER: String(BREAK_AFTER),
        CONFIG_ORDERS_SERVICE_HALF_OPEN_AFTER_MS: String(HALF_OPEN_AFTER_MS),
        ...this.#more,
      }),
    });
  }

  #startProducts(): Promise<void> {
    const env = this.#env({ PRODUCTS_PORT: String(this.#ports[2]) });
    return this.processes.start('products', { services: ['product-service'], url: this.products, env });
  }

  #env(own: Readonly<Record<string, string>>): Record<string, string> {
    const { brokers } = this.#deployment;
    return {
      DATA_DIR: join(this.#directory, 'data'),
      SAMPLES: 'off',
      VALIDATION_LIMIT: '30m',
      LOG_FORMAT: 'json',
      LOG_LEVEL: process.env.LOG_LEVEL ?? 'info',
      ...(brokers === undefined ? {} : { BROKERS: brokers, KAFKA_SESSION_TIMEOUT_MS: '6000' }),
      ...own,
    };
  }

  async #send(url: string, method: string, body: object): Promise<void> {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(url, { method, headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`);
  }
}

/** In front of the inventory: hands on what it is asked, at once or only after half a minute. */
export class SlowPath {
  isSlow = false;
  /** Questions that it has not answered yet. */
  waiting = 0;
  readonly #timers: Set<ReturnType<typeof setTimeout>> = new Set();
  readonly #server: Server;
  readonly #delayMs: number;
  #to = '';

  constructor(delayMs: number) {
    this.#delayMs = delayMs;
    this.#server = createServer((request, response) => {
      const handOn = async (): Promise<void> => {
        const answer = await fetch(`${this.#to}${request.url}`);
        response.writeHead(answer.status, { 'content-type': 'application/json' });
        response.end(await answer.text());
      };
      if (!this.isSlow) {
        // the inventory may be away: then so is this
        handOn().catch(() => response.destroy());
        return;
      }
      this.waiting++;
      const timer = setTimeout(() => {
        this.waiting--;
        this.#timers.delete(timer);
        handOn().catch(() => response.destroy()); // whoever asked has gone long since
      }, this.#delayMs);
      this.#timers.add(timer);
    });
  }

  /** Begins to listen; gives its address. */
  async open(to: string): Promise<string> {
    this.#to = to;
    const [port = 0] = await freePorts(1);
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
    return `http://127.0.0.1:${port}`;
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
