// Every service as a process of its own, started one by one without waiting for anything.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../broker/ports.ts';
import { Processes } from '../support/processes.ts';
import { until } from '../support/until.ts';

/** The settings of where services listen, each a free port here. */
const PORTS = [
  'COORDINATOR_PORT',
  'CRM_PORT',
  'ORDERS_PORT',
  'PRODUCTS_PORT',
  'INVENTORY_PORT',
  'NOTIFICATIONS_PORT',
  'CONFIGURATION_PORT',
] as const;
type PortName = (typeof PORTS)[number];

/** How a service says that it stands. */
interface Standing {
  readonly isReady: boolean;
  /** 'running', or what it waits for. */
  readonly said: string;
}

export class AnyOrderLab {
  readonly #directory: string;
  readonly #processes: Processes;
  readonly #ports: Readonly<Record<PortName, number>>;
  /** Where each process tells how its services stand. */
  readonly #operations: Map<number, readonly string[]> = new Map();

  private constructor(directory: string, ports: Readonly<Record<PortName, number>>) {
    this.#directory = directory;
    this.#processes = new Processes(directory);
    this.#ports = ports;
  }

  static async make(): Promise<AnyOrderLab> {
    const directory = mkdtempSync(join(tmpdir(), 'requite-any-order-'));
    mkdirSync(join(directory, 'data'));
    const free = await freePorts(PORTS.length);
    const ports = Object.fromEntries(PORTS.map((name, at) => [name, free[at] ?? 0]));
    return new AnyOrderLab(directory, ports as Record<PortName, number>);
  }

  url(port: PortName): string {
    return `http://127.0.0.1:${this.#ports[port]}`;
  }

  /** Starts a process with these services, named so in this order, and waits for nothing. */
  async launch(...services: readonly string[]): Promise<void> {
    const [operations = 0] = await freePorts(1);
    this.#operations.set(operations, services);
    const ports = Object.fromEntries(PORTS.map((name) => [name, String(this.#ports[name])]));
    this.#processes.launch(services.length === 1 ? services.join() : `all-${operations}`, {
      services,
      env: {
        ...ports,
        OPERATIONS_PORT: String(operations),
        DATA_DIR: join(this.#directory, 'data'),
        LOG_FORMAT: 'json',
        LOG_LEVEL: process.env.LOG_LEVEL ?? 'info',
      },
    });
  }

  /** Waits until every process that was started answers, and none has ended. */
  allLive(): Promise<void> {
    return this.until('every process to be live', async () => {
      const live = await Promise.all(
        [...this.#operations.keys()].map(async (port) => (await get(port, '/health/live'))?.status === 200),
      );
      return live.every(Boolean);
    });
  }

  /** Waits until every service that was started can do its work. */
  async allReady(): Promise<void> {
    let standings: ReadonlyMap<string, Standing> = new Map();
    const waiting = (): string =>
      [...standings].flatMap(([name, { isReady, said }]) => (isReady ? [] : `${name}: ${said}`)).join('\n');
    await this.until(
      () => `every service to be ready:\n${waiting()}`,
      async () => {
        standings = await this.standings();
        return [...standings.values()].every(({ isReady }) => isReady);
      },
    );
  }

  /** How each service that was started says that it stands. */
  async standings(): Promise<ReadonlyMap<string, Standing>> {
    const entries = [...this.#operations].map(async ([port, services]): Promise<[string, Standing][]> => {
      const response = await get(port, '/health/ready');
      const { checks = {} } = ((await response?.json()) ?? {}) as { checks?: Record<string, string> };
      return services.map((service) => {
        const said = checks[service] ?? '';
        return [service, { isReady: said === 'running', said }];
      });
    });
    return new Map((await Promise.all(entries)).flat());
  }

  /** As `until`, and fails at once where a process has ended; says what the services wrote last. */
  async until(
    what: string | (() => string),
    probe: () => Promise<boolean>,
    timeoutMs = 180_000,
  ): Promise<void> {
    const probeAlive = (): Promise<boolean> => {
      this.#processes.assertAlive();
      return probe();
    };
    try {
      await until('a condition', probeAlive, timeoutMs);
    } catch (error) {
      const awaited = typeof what === 'string' ? what : what();
      throw new Error(`waited in vain for ${awaited}\n${this.#processes.tail()}`, { cause: error });
    }
  }

  async close(): Promise<void> {
    await this.#processes.close();
    if (process.env.STORY_KEEP) console.log(`kept: ${this.#directory}`);
    else rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** Null where nobody listens yet. */
const get = (port: number, path: string): Promise<Response | null> =>
  fetch(`http://127.0.0.1:${port}${path}`).catch(() => null);
