import { type ChildProcess, spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { BenchFailure } from '../measure/failure.ts';
import { runtimeSettings } from './runtime.ts';
import { type Usage, usageOf } from './usage.ts';

const root = resolve(import.meta.dir, '../..');
const KEPT_CHARACTERS = 8_000;
const STOP_MS = 15_000;

/** Nothing that is measured outlives the bench, also where that ends by an error of its own. */
const children = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

/** One line of a process's log. */
interface LogLine {
  readonly msg?: string;
  readonly group?: string;
  readonly partitions?: readonly number[];
  readonly urls?: Readonly<Record<string, string>>;
}

/** A process under measurement. It logs JSON lines on standard output; from them its standing is known. */
export class Running {
  readonly name: string;
  /** Where it listens, once it says so. */
  url: string | null = null;
  /** Whether it has said that it is up. */
  isUp = false;
  private readonly child: ChildProcess;
  private readonly owned: Map<string, Set<number>> = new Map();
  private readonly ended: Promise<void>;
  private rest = '';
  private output = '';
  private stopping = false;
  private death: string | null = null;

  /** Starts `script` with `args` and nothing but `env` in its environment. */
  constructor(name: string, script: readonly string[], env: Readonly<Record<string, string>>) {
    this.name = name;
    this.child = spawn(process.execPath, [...script], {
      cwd: root,
      env: { PATH: process.env.PATH ?? '', ...runtimeSettings, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.add(this.child);
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => this.hear(text));
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => this.keep(text));
    this.ended = new Promise((done) => {
      this.child.once('error', (error) => this.end(error.message, done));
      this.child.once('exit', (code, signal) => this.end(signal ?? `exit code ${code}`, done));
    });
  }

  /** The partitions that it owns of a group, as far as its log tells. */
  partitionsOf(group: string): ReadonlySet<number> {
    return this.owned.get(group) ?? new Set();
  }

  /** Throws `BenchFailure`, with the end of its log, where it has ended by itself. */
  assertAlive(): void {
    if (this.death === null || this.stopping) return;
    throw new BenchFailure(`the ${this.name} died (${this.death}): ${this.tail()}`);
  }

  usage(): Usage | null {
    return usageOf(this.child.pid);
  }

  tail(): string {
    return this.output.slice(-2_000).trim() || 'it said nothing';
  }

  /** Stops it in the midst of whatever it does (SIGSTOP): it can only be killed then. */
  freeze(): void {
    this.child.kill('SIGSTOP');
  }

  /** kill -9; resolves once it is gone. */
  async kill(): Promise<void> {
    this.stopping = true;
    if (this.death === null) this.child.kill('SIGKILL');
    await this.ended;
  }

  /** Ends it cleanly, or by force where that takes too long. */
  async stop(): Promise<void> {
    this.stopping = true;
    if (this.death !== null) return;
    this.child.kill('SIGTERM');
    const timer = setTimeout(() => this.child.kill('SIGKILL'), STOP_MS);
    await this.ended;
    clearTimeout(timer);
  }

  private end(how: string, done: () => void): void {
    this.death ??= how;
    children.delete(this.child);
    done();
  }

  private keep(text: string): void {
    this.output = (this.output + text).slice(-KEPT_CHARACTERS);
  }

  private hear(text: string): void {
    this.keep(text);
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop() ?? '';
    for (const line of lines) if (line.startsWith('{')) this.learn(line);
  }

  private learn(line: string): void {
    let heard: LogLine;
    try {
      heard = JSON.parse(line) as LogLine;
    } catch {
      return; // not a line of the log, and kept as output all the same
    }
    const { msg, group, partitions, urls } = heard;
    if (msg === 'services are up') {
      this.isUp = true;
      this.url = Object.values(urls ?? {})[0] ?? null;
    }
    if (group === undefined || partitions === undefined) return;
    const owned = this.owned.get(group) ?? new Set();
    this.owned.set(group, owned);
    for (const partition of partitions) {
      if (msg === 'gained partitions') owned.add(partition);
      if (msg === 'gave up partitions') owned.delete(partition);
    }
  }
}

/** Whether these own all partitions of a group between them and each has some: no group is about to change. */
export function shareAll(members: readonly Running[], group: string, partitions: number): boolean {
  const shares = members.map((member) => member.partitionsOf(group));
  const owned = new Set(shares.flatMap((share) => [...share]));
  return owned.size === partitions && shares.every(({ size }) => size > 0);
}
