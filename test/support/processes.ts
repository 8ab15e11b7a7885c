import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { freezeOutsideWrites } from './freeze.ts';
import { until } from './until.ts';

const root = resolve(import.meta.dir, '../..');
/** Starting many at once on two busy cores takes its time. */
const START_MS = 90_000;

export interface ServiceProcess {
  /** The services that it runs, as `bun run services` takes them. */
  readonly services: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Where it listens, if it is to be waited for there; else until it says that it is up. */
  readonly url?: string | undefined;
}

/** Services as processes of their own, each with a file for what it writes, to be killed and started one by one. */
export class Processes {
  readonly #directory: string;
  readonly #running: Map<string, ChildProcess> = new Map();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Starts it and waits until it is ready. Throws, with what it wrote, where it ends instead. */
  async start(name: string, process: ServiceProcess): Promise<void> {
    const { url } = process;
    const child = this.launch(name, process);
    const isReady = async (): Promise<boolean> => {
      if (child.exitCode !== null)
        throw new Error(`${name} ended with ${child.exitCode}\n${this.#tailOf(name)}`);
      if (url === undefined) return readFileSync(this.#outputOf(name), 'utf8').includes('services are up');
      // not listening yet: nobody answers
      return (await fetch(`${url}/health/ready`).catch(() => null))?.status === 200;
    };
    await until(`${name} to be ready`, isReady, START_MS).catch((error: unknown) => {
      throw new Error(`${name} did not come up\n${this.#tailOf(name)}`, { cause: error });
    });
  }

  /** Starts it and waits for nothing. */
  launch(name: string, { services, env }: ServiceProcess): ChildProcess {
    const output = openSync(this.#outputOf(name), 'w');
    const child = spawn(process.execPath, ['services/main.ts', ...services], {
      cwd: root,
      env: { PATH: process.env.PATH ?? '', ...env },
      stdio: ['ignore', output, output],
    });
    closeSync(output);
    this.#running.set(name, child);
    return child;
  }

  /** Throws, with what it wrote, where one of them has ended by itself. */
  assertAlive(): void {
    for (const [name, { exitCode, signalCode }] of this.#running)
      if (exitCode !== null || signalCode !== null)
        throw new Error(`${name} ended with ${exitCode ?? signalCode}\n${this.#tailOf(name)}`);
  }

  /** The process id of one that runs. */
  idOf(name: string): number {
    const id = this.#running.get(name)?.pid;
    if (id === undefined) throw new Error(`${name} does not run`);
    return id;
  }

  /** kill -9, and waits until the process is gone. */
  kill(name: string): Promise<void> {
    return this.#end(name, 'SIGKILL');
  }

  /**
   * Stops it (SIGSTOP), until it is thawed or killed: in the midst of whatever it does, but for a write to the embedded
   * log in `dataDir`, which would stop the log for all.
   */
  freeze(name: string, dataDir: string): Promise<void> {
    return freezeOutsideWrites(dataDir, (signal) => this.#running.get(name)?.kill(signal));
  }

  /** Lets it go on (SIGCONT). */
  thaw(name: string): void {
    this.#running.get(name)?.kill('SIGCONT');
  }

  /** kill -9 of all that run. */
  async close(): Promise<void> {
    await Promise.all([...this.#running.keys()].map((name) => this.kill(name)));
  }

  /** What each that runs wrote last. */
  tail(): string {
    return [...this.#running.keys()].map((name) => `--- ${name}\n${this.#tailOf(name)}`).join('\n');
  }

  async #end(name: string, signal: NodeJS.Signals): Promise<void> {
    const child = this.#running.get(name);
    this.#running.delete(name);
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
  }

  #outputOf(name: string): string {
    return join(this.#directory, `${name}.log`);
  }

  #tailOf(name: string): string {
    return readFileSync(this.#outputOf(name), 'utf8').slice(-2_000);
  }
}
