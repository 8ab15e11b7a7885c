import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePorts } from '../broker/ports.ts';
import { until } from '../support/until.ts';
import { countBills, readBills } from './bills.ts';
import { LabLog } from './lab-log.ts';

const root = resolve(import.meta.dir, '../..');

/** What a deployment runs on; left out: the embedded log, as the services come. */
export interface Deployment {
  /** `host:port` of a cluster that has no topic of ours yet. */
  readonly brokers?: string;
  readonly jobStore?: 'kafka' | 'postgres';
  readonly postgresUrl?: string;
  readonly partitions?: number;
  /** How long a killed service's partitions wait for another, on a broker, in milliseconds. Default 3,000. */
  readonly sessionTimeoutMs?: number;
  /** How many workflows of a run are published ahead of the engines. */
  readonly runWindow?: number;
}

export type ServiceName = 'coordinator' | 'engine' | 'crm' | 'configuration-service';

export interface StartOptions {
  /** A second one of a service takes a name of its own, and a free port. */
  readonly as?: string;
  /** It shares no directory with the others, as if on another machine. */
  readonly apart?: boolean;
}

export interface Progress {
  readonly count: number;
  readonly requested: number;
  readonly waiting: number;
  readonly completed: number;
  readonly failed: number;
  readonly ended: boolean;
}

/** A deployment of real processes, to be killed and started again one by one. */
export class Lab {
  /** What is on its topics. */
  readonly log: LabLog;
  readonly #deployment: Deployment;
  readonly #directory: string = mkdtempSync(join(tmpdir(), 'requite-story-'));
  readonly #processes: Map<string, ChildProcess> = new Map();
  readonly #billDirectories: Set<string> = new Set();
  readonly #coordinatorPort: number;
  readonly #crmPort: number;

  private constructor(deployment: Deployment, coordinatorPort: number, crmPort: number) {
    this.#deployment = deployment;
    this.#coordinatorPort = coordinatorPort;
    this.#crmPort = crmPort;
    mkdirSync(this.dataDir);
    this.log = new LabLog(this.dataDir, deployment.brokers, deployment.partitions ?? 4);
  }

  static async make(deployment: Deployment = {}): Promise<Lab> {
    const [coordinator = 0, crm = 0] = await freePorts(2);
    return new Lab(deployment, coordinator, crm);
  }

  get dataDir(): string {
    return join(this.#directory, 'data');
  }

  get coordinator(): string {
    return `http://127.0.0.1:${this.#coordinatorPort}`;
  }

  get crm(): string {
    return `http://127.0.0.1:${this.#crmPort}`;
  }

  /** Every bill's bytes, by file name; of engines that run apart, those of all. */
  bills(): Map<string, Buffer> {
    return readBills([...this.#billDirectories]);
  }

  countBills(): number {
    return countBills([...this.#billDirectories]);
  }

  /** Starts one service as its own process, and waits until it is ready or, where it has no port that we know, up. */
  async start(name: ServiceName, { as = name, apart = false }: StartOptions = {}): Promise<void> {
    const dataDir = apart ? join(this.#directory, as) : this.dataDir;
    if (name === 'engine') this.#billDirectories.add(join(dataDir, 'bills'));
    const output = openSync(this.#outputOf(as), 'w');
    const child = spawn(process.execPath, ['services/main.ts', name], {
      cwd: root,
      env: this.#environment(dataDir, as !== name),
      stdio: ['ignore', output, output],
    });
    closeSync(output);
    this.#processes.set(as, child);
    const url = as === 'coordinator' ? this.coordinator : as === 'crm' ? this.crm : null;
    await this.until(`${as} to be ready`, async () => {
      if (child.exitCode !== null) throw new Error(`${as} ended with ${child.exitCode}\n${this.tail()}`);
      if (url === null) return readFileSync(this.#outputOf(as), 'utf8').includes('services are up');
      return (await statusOf(`${url}/health/ready`)) === 200;
    });
  }

  /** kill -9, and waits until the process is gone. */
  async kill(name: string): Promise<void> {
    await this.#end(name, 'SIGKILL');
  }

  /** SIGTERM; gives the exit code. */
  async stop(name: string): Promise<number | null> {
    return this.#end(name, 'SIGTERM');
  }

  /** Kills what still runs, and removes every file, unless STORY_KEEP is set. */
  async close(): Promise<void> {
    await Promise.all([...this.#processes.keys()].map((name) => this.kill(name)));
    if (process.env.STORY_KEEP) console.log(`kept: ${this.#directory}`);
    else rmSync(this.#directory, { recursive: true, force: true });
  }

  /** As `until`, and says what the services wrote last where it waits in vain. */
  async until<T>(
    what: string,
    probe: () => Promise<T | null | undefined | false> | T | null | undefined | false,
    timeoutMs?: number,
  ): Promise<T> {
    try {
      return await until(what, probe, timeoutMs);
    } catch (error) {
      throw new Error(`${error instanceof Error ? error.message : String(error)}\n${this.tail()}`, {
        cause: error,
      });
    }
  }

  /** The end of what each service that has not been stopped wrote. */
  tail(): string {
    return [...this.#processes.keys()]
      .map((name) => `--- ${name}\n${readFileSync(this.#outputOf(name), 'utf8').slice(-3_000)}`)
      .join('\n');
  }

  /** The coordinator's health, as an HTTP status; null where nobody answers. */
  readiness(): Promise<number | null> {
    return statusOf(`${this.coordinator}/health/ready`);
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

  async progress(runId: string): Promise<Progress> {
    return (await (await fetch(`${this.coordinator}/runs/${runId}?limit=1`)).json()) as Progress;
  }

  #environment(dataDir: string, isSecond: boolean): Record<string, string> {
    const {
      brokers,
      jobStore,
      postgresUrl,
      partitions,
      sessionTimeoutMs = 3_000,
      runWindow,
    } = this.#deployment;
    return {
      PATH: process.env.PATH ?? '',
      DATA_DIR: dataDir,
      COORDINATOR_PORT: isSecond ? '0' : String(this.#coordinatorPort),
      CRM_PORT: isSecond ? '0' : String(this.#crmPort),
      CONFIGURATION_PORT: '0',
      LOG_FORMAT: 'json',
      LOG_LEVEL: process.env.LOG_LEVEL ?? 'info',
      ...(brokers === undefined
        ? {}
        : { BROKERS: brokers, KAFKA_SESSION_TIMEOUT_MS: String(sessionTimeoutMs) }),
      ...(jobStore === undefined ? {} : { JOB_STORE: jobStore }),
      ...(postgresUrl === undefined ? {} : { POSTGRES_URL: postgresUrl }),
      ...(partitions === undefined ? {} : { PARTITIONS: String(partitions) }),
      ...(runWindow === undefined ? {} : { RUN_WINDOW: String(runWindow) }),
    };
  }

  #outputOf(name: string): string {
    return join(this.#directory, `${name}.log`);
  }

  async #end(name: string, signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#processes.get(name);
    this.#processes.delete(name);
    if (child === undefined || child.exitCode !== null) return child?.exitCode ?? null;
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    child.kill(signal);
    return ended;
  }
}

async function statusOf(url: string): Promise<number | null> {
  const response = await fetch(url).catch(() => null); // not listening: nobody answers
  return response?.status ?? null;
}
