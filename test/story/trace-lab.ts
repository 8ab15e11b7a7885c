import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { partitionFor } from '../../core/mod.ts';
import { openBacking } from '../../services/platform/backing.ts';
import { createLogger } from '../../services/platform/log.ts';
import { kafkaSettings } from '../../services/platform/transport/kafka/settings.ts';
import { freePorts } from '../broker/ports.ts';
import { type OtlpReceiver, startOtlpReceiver, type TakenSpan } from '../otlp/index.ts';
import { Processes } from '../support/processes.ts';
import { unread } from '../support/unread.ts';
import { until } from '../support/until.ts';

const PORTS = ['COORDINATOR_PORT', 'CRM_PORT', 'ORDERS_PORT', 'INVENTORY_PORT'] as const;
type PortName = (typeof PORTS)[number];

/** The port by which a process is known to be ready, by a service that runs in it; the others say so in their log. */
const READY_BY: Readonly<Record<string, PortName>> = {
  coordinator: 'COORDINATOR_PORT',
  crm: 'CRM_PORT',
  'orders-service': 'ORDERS_PORT',
};

/** Services as real processes that export what they trace to a receiver which is not ours. */
export class TraceLab {
  readonly receiver: OtlpReceiver;
  readonly processes: Processes;
  readonly #directory: string;
  readonly #brokers: string | undefined;
  readonly #ports: Readonly<Record<PortName, number>>;

  private constructor(
    receiver: OtlpReceiver,
    directory: string,
    brokers: string | undefined,
    ports: Readonly<Record<PortName, number>>,
  ) {
    this.receiver = receiver;
    this.#directory = directory;
    this.#brokers = brokers;
    this.#ports = ports;
    this.processes = new Processes(directory);
  }

  /** On the embedded log, or a cluster that has no topic of ours yet. */
  static async make(brokers?: string): Promise<TraceLab> {
    const directory = mkdtempSync(join(tmpdir(), 'requite-trace-'));
    mkdirSync(join(directory, 'data'));
    const free = await freePorts(PORTS.length);
    const ports = Object.fromEntries(PORTS.map((name, at) => [name, free[at] ?? 0]));
    return new TraceLab(await startOtlpReceiver(), directory, brokers, ports as Record<PortName, number>);
  }

  url(port: PortName): string {
    return `http://127.0.0.1:${this.#ports[port]}`;
  }

  /** Starts services in one process, and waits until it is ready. No trace that begins by itself is sampled. */
  async start(...services: readonly string[]): Promise<void> {
    const known = services.map((service) => READY_BY[service]).find((port) => port !== undefined);
    const ports = Object.fromEntries(PORTS.map((name) => [name, String(this.#ports[name])]));
    await this.processes.start(services.join('+'), {
      services,
      ...(known === undefined ? {} : { url: this.url(known) }),
      env: {
        ...ports,
        DATA_DIR: join(this.#directory, 'data'),
        LOG_FORMAT: 'json',
        LOG_LEVEL: 'info',
        TRACE_RATIO: '0',
        OTEL_EXPORTER_OTLP_ENDPOINT: this.receiver.url,
        BILLED_ORDERS: 'validated',
        ...(this.#brokers === undefined ? {} : { BROKERS: this.#brokers, KAFKA_SESSION_TIMEOUT_MS: '6000' }),
      },
    });
  }

  /** Freezes what started under this name; the embedded log stays writable. */
  freeze(name: string): Promise<void> {
    return this.processes.freeze(name, join(this.#directory, 'data'));
  }

  async kill(...services: readonly string[]): Promise<void> {
    await this.processes.kill(services.join('+'));
  }

  /** Puts a record on a topic, as somebody who traces nothing. */
  async publish(topic: string, key: string, value: unknown): Promise<void> {
    const logger = createLogger({ logLevel: 'silent', logFormat: 'json' });
    const kafka = this.#brokers === undefined ? {} : { kafka: kafkaSettings(this.#brokers) };
    const dataDir = join(this.#directory, 'data');
    const backing = await openBacking({ dataDir, jobStore: 'memory', ...kafka }, logger);
    try {
      const { length } = await backing.transport.endOffsets(topic);
      const partition = partitionFor(key, length);
      await backing.transport.publish([{ topic, partition, key, value: JSON.stringify(value) }]);
    } finally {
      await backing.close();
    }
  }

  /** Waits until a group has dealt with all that is on a topic. */
  async dealtWith(group: string, topic: string): Promise<void> {
    const reader = `${group} ${topic}`;
    const log = { brokers: this.#brokers, dataDir: join(this.#directory, 'data') };
    await until(`${group} to have read ${topic}`, async () =>
      (await unread(log, [reader])).every((each) => each.split(':')[0] !== reader),
    );
  }

  /** Waits until the receiver has so many spans of each of these names, and gives all of the trace. */
  async trace(traceId: string, names: Readonly<Record<string, number>>): Promise<readonly TakenSpan[]> {
    const has = (spans: readonly TakenSpan[]): boolean =>
      Object.entries(names).every(
        ([name, count]) => spans.filter((span) => span.name === name).length >= count,
      );
    const spans = (): readonly TakenSpan[] => this.receiver.spans(traceId);
    try {
      await until('the whole trace', () => has(spans()), 90_000);
    } catch (error) {
      throw new Error(`only came: ${JSON.stringify(countsOf(spans()))}\n${this.processes.tail()}`, {
        cause: error,
      });
    }
    return spans();
  }

  async close(): Promise<void> {
    await this.processes.close();
    await this.receiver.stop();
    if (process.env.STORY_KEEP) console.log(`kept: ${this.#directory}`);
    else rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** How many spans there are of each name, with who told them. */
export function countsOf(spans: readonly TakenSpan[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { service, name } of spans)
    counts[`${service}: ${name}`] = (counts[`${service}: ${name}`] ?? 0) + 1;
  return Object.fromEntries(Object.entries(counts).sort());
}

/** A trace of a caller's that is to be recorded. */
export function callersTrace(): {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceparent: string;
} {
  const hex = (digits: number): string =>
    Array.from(crypto.getRandomValues(new Uint8Array(digits / 2)), (each) =>
      each.toString(16).padStart(2, '0'),
    ).join('');
  const traceId = `1${hex(32).slice(1)}`;
  const spanId = `1${hex(16).slice(1)}`;
  return { traceId, spanId, traceparent: `00-${traceId}-${spanId}-01` };
}

export async function json<T>(url: string, init?: RequestInit): Promise<T> {
  const response = await fetch(url, init);
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as T;
}
