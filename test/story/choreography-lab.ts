import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TimeColumn } from '../../core/mod.ts';
import { type Backing, openBacking } from '../../services/platform/backing.ts';
import { createLogger } from '../../services/platform/log.ts';
import { kafkaSettings } from '../../services/platform/transport/kafka/settings.ts';
import { freePorts } from '../broker/ports.ts';
import { Processes } from '../support/processes.ts';
import { readTopic } from '../support/read-topic.ts';
import { until } from '../support/until.ts';

/** What the choreography is made of, by the names that `bun run services` takes. */
export const kinds = [
  'orders-service',
  'invoice-service',
  'fulfilment-service',
  'forecasting-service',
  'logistic-service',
] as const;
export type Kind = (typeof kinds)[number];
const sides = ['a', 'b'] as const;
export type Side = (typeof sides)[number];

/** A row of the table of times, as GET /order shows it. */
export type Row = { readonly ID: string } & Readonly<Record<TimeColumn, string | null>>;

/** An order as it is posted. */
export interface PostedOrder {
  readonly id: string;
  readonly lines: readonly { readonly sku: string; readonly quantity: number; readonly price: string }[];
}

/** The choreography as real processes, two of each service, on one log: the embedded one, or a cluster without topics. */
export class ChoreographyLab {
  readonly #directory: string;
  readonly #brokers: string | undefined;
  readonly #ports: readonly number[];
  readonly #processes: Processes;
  readonly #backing: Backing;

  private constructor(
    directory: string,
    brokers: string | undefined,
    ports: readonly number[],
    backing: Backing,
  ) {
    this.#directory = directory;
    this.#brokers = brokers;
    this.#ports = ports;
    this.#backing = backing;
    this.#processes = new Processes(directory);
  }

  static async make(brokers?: string): Promise<ChoreographyLab> {
    const directory = mkdtempSync(join(tmpdir(), 'requite-choreography-'));
    const dataDir = join(directory, 'data');
    mkdirSync(dataDir);
    const logger = createLogger({ logLevel: 'silent', logFormat: 'json' });
    const log = brokers === undefined ? {} : { kafka: kafkaSettings(brokers), jobStore: 'memory' as const };
    const backing = await openBacking({ dataDir, ...log }, logger);
    return new ChoreographyLab(directory, brokers, await freePorts(sides.length), backing);
  }

  get urls(): readonly string[] {
    return sides.map((_, at) => `http://127.0.0.1:${this.#ports[at]}`);
  }

  async startAll(): Promise<void> {
    for (const side of sides) await Promise.all(kinds.map((kind) => this.start(kind, side)));
  }

  async start(kind: Kind, side: Side): Promise<void> {
    const at = sides.indexOf(side);
    await this.#processes.start(`${kind}-${side}`, {
      services: [kind],
      url: kind === 'orders-service' ? this.urls[at] : undefined,
      env: {
        DATA_DIR: join(this.#directory, 'data'),
        ORDERS_PORT: String(this.#ports[at]),
        LOG_FORMAT: 'json',
        LOG_LEVEL: process.env.LOG_LEVEL ?? 'info',
        ...(this.#brokers === undefined ? {} : { BROKERS: this.#brokers, KAFKA_SESSION_TIMEOUT_MS: '6000' }),
      },
    });
  }

  /** kill -9 of one instance. */
  kill(kind: Kind, side: Side): Promise<void> {
    return this.#processes.kill(`${kind}-${side}`);
  }

  /** Posts an order until somebody has taken it, at one instance after the other; the same again is the same. */
  async post(order: PostedOrder, first: number): Promise<void> {
    let at = first;
    await until(`order ${order.id} to be taken`, async () => {
      const url = this.urls[at++ % sides.length];
      const response = await fetch(`${url}/order`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(order),
      }).catch(() => null); // killed just now: another one may take it
      if (response !== null && response.status !== 201 && response.status !== 503)
        throw new Error(`order ${order.id} was answered ${response.status}: ${await response.text()}`);
      return response?.status === 201;
    });
  }

  /** The whole table of times, page by page, as one instance shows it. */
  async rows(url: string | undefined): Promise<readonly Row[]> {
    const rows: Row[] = [];
    for (let after = ''; ; ) {
      const response = await fetch(`${url}/order?limit=300${after}`);
      if (response.status !== 200) throw new Error(`the list was answered ${response.status}`);
      const page = (await response.json()) as { orders: Row[]; next: string | null };
      rows.push(...page.orders);
      if (page.next === null) return rows;
      after = `&after=${encodeURIComponent(page.next)}`;
    }
  }

  /** Every value of a topic, by key: what is published twice is there twice. */
  async values<T>(topic: string): Promise<ReadonlyMap<string, readonly T[]>> {
    const found = new Map<string, T[]>();
    for (const { key, value } of await readTopic(this.#backing.transport, topic)) {
      const values = found.get(String(key)) ?? [];
      values.push(JSON.parse(String(value)) as T);
      found.set(String(key), values);
    }
    return found;
  }

  /** As `until`, and says what the services wrote last where it waits in vain. */
  async until(what: () => string, probe: () => Promise<boolean>, timeoutMs: number): Promise<void> {
    try {
      await until('a condition', probe, timeoutMs);
    } catch (error) {
      throw new Error(`waited in vain for ${what()}\n${this.#processes.tail()}`, { cause: error });
    }
  }

  async close(): Promise<void> {
    await this.#processes.close();
    await this.#backing.close();
    if (!process.env.STORY_KEEP) rmSync(this.#directory, { recursive: true, force: true });
  }
}
