import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Customer, type IncomingRecord, partitionFor, topicSpecs, topics } from '../../core/mod.ts';
import { sampleCustomers } from '../../services/crm/samples.ts';
import { openBacking } from '../../services/platform/bun.ts';
import { readTopic } from '../support/read-topic.ts';
import { until } from '../support/until.ts';

const root = resolve(import.meta.dir, '../..');

function freePort(): Promise<number> {
  return new Promise((found, failed) => {
    const server = createServer().once('error', failed);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => found(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

/** A deployment of real processes over one data directory. */
export class Lab {
  readonly dataDir: string = mkdtempSync(join(tmpdir(), 'requite-story-'));
  private readonly processes: Map<string, ChildProcess> = new Map();
  private readonly output: string[] = [];
  private readonly coordinatorPort: number;
  private readonly crmPort: number;

  private constructor(coordinatorPort: number, crmPort: number) {
    this.coordinatorPort = coordinatorPort;
    this.crmPort = crmPort;
  }

  static async make(): Promise<Lab> {
    return new Lab(await freePort(), await freePort());
  }

  get coordinator(): string {
    return `http://127.0.0.1:${this.coordinatorPort}`;
  }

  get crm(): string {
    return `http://127.0.0.1:${this.crmPort}`;
  }

  /**
   * Starts one service as its own process; those with REST are awaited until they are ready. A second one of a
   * service takes a name of its own (`as`), and a free port.
   */
  async start(name: 'coordinator' | 'engine' | 'crm', as: string = name): Promise<void> {
    const isSecond = as !== name;
    const env = {
      PATH: process.env.PATH ?? '',
      DATA_DIR: this.dataDir,
      COORDINATOR_PORT: isSecond ? '0' : String(this.coordinatorPort),
      CRM_PORT: isSecond ? '0' : String(this.crmPort),
      LOG_FORMAT: 'json',
    };
    const child = spawn(process.execPath, ['services/main.ts', name], {
      cwd: root,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout?.on('data', (chunk: Buffer) => this.output.push(`${as}: ${chunk}`));
    child.stderr?.on('data', (chunk: Buffer) => this.output.push(`${as}! ${chunk}`));
    this.processes.set(as, child);
    if (isSecond) {
      await until(`${as} to be up\n${this.tail()}`, () =>
        this.output.some((line) => line.startsWith(`${as}:`) && line.includes('services are up')),
      );
      return;
    }
    const url = name === 'coordinator' ? this.coordinator : name === 'crm' ? this.crm : null;
    if (url === null) return;
    await until(`${name} to be ready\n${this.tail()}`, async () => {
      if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}\n${this.tail()}`);
      const response = await fetch(`${url}/health/ready`).catch(() => null); // not listening yet
      return response?.status === 200;
    });
  }

  /** kill -9, and waits until the process is gone. */
  async kill(name: string): Promise<void> {
    await this.end(name, 'SIGKILL');
  }

  /** SIGTERM; gives the exit code. */
  async stop(name: string): Promise<number | null> {
    return this.end(name, 'SIGTERM');
  }

  async close(): Promise<void> {
    await Promise.all([...this.processes.keys()].map((name) => this.kill(name)));
  }

  tail(): string {
    return this.output.join('').slice(-4000);
  }

  private async end(name: string, signal: NodeJS.Signals): Promise<number | null> {
    const child = this.processes.get(name);
    this.processes.delete(name);
    if (child === undefined || child.exitCode !== null) return child?.exitCode ?? null;
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    child.kill(signal);
    return ended;
  }

  async post(body: unknown): Promise<{
    status: number;
    body: { runId: string; workflows: { workflowId: string; customerIdentifier: string }[] };
  }> {
    const response = await fetch(this.coordinator, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as never };
  }

  async progress(runId: string): Promise<{
    count: number;
    requested: number;
    waiting: number;
    completed: number;
    failed: number;
    ended: boolean;
  }> {
    return (await (await fetch(`${this.coordinator}/runs/${runId}?limit=1`)).json()) as never;
  }

  /** Every bill file's text, by file name. */
  bills(): Record<string, string> {
    const directory = join(this.dataDir, 'bills');
    const names = readdirSync(directory).filter((name) => name.endsWith('.txt'));
    return Object.fromEntries(
      names.sort().map((name) => [name, readFileSync(join(directory, name), 'utf8')]),
    );
  }

  /** All records of a topic, read beside the running services. */
  async records(topic: string): Promise<IncomingRecord[]> {
    const backing = await openBacking({ dataDir: this.dataDir });
    try {
      return await readTopic(backing.transport, topic);
    } finally {
      await backing.close();
    }
  }

  /** Puts `count` customers on the log, named c-0, c-1, …, made from the samples. */
  async addCustomers(count: number, partitions = 4): Promise<string[]> {
    const backing = await openBacking({ dataDir: this.dataDir });
    const customers = Array.from(
      { length: count },
      (_, at): Customer => ({
        ...(sampleCustomers[at % sampleCustomers.length] as Customer),
        customerIdentifier: `c-${at}`,
      }),
    );
    await backing.transport.createTopics(topicSpecs(partitions));
    await backing.transport.publish(
      customers.map((customer) => ({
        topic: topics.customers,
        partition: partitionFor(customer.customerIdentifier, partitions),
        key: customer.customerIdentifier,
        value: JSON.stringify(customer),
      })),
    );
    await backing.close();
    return customers.map(({ customerIdentifier }) => customerIdentifier);
  }
}
