import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SeededRandom } from '../story/seeded.ts';
import { Processes } from '../support/processes.ts';
import { until } from '../support/until.ts';
import { type ProcessState, stateOf } from './process-state.ts';

/** A process of the run: what it is started with, each time that it is. */
export interface MemberSpec {
  readonly name: string;
  /** As `bun run services` takes them: one or several. */
  readonly services: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly url?: string;
}

interface Running {
  readonly spec: MemberSpec;
  /** How often it has been started. */
  times: number;
  child: ChildProcess | null;
  /** Somebody is doing something to it. */
  isHeld: boolean;
}

/** A process that ended though nobody ended it. */
export interface Death {
  readonly name: string;
  readonly how: string;
  readonly said: string;
}

const UP_MS = 180_000;
const SAID_LENGTH = 1_500;

/** The services as processes, to be killed, frozen and started again one by one, with what the system says of each. */
export class Fleet {
  readonly deaths: Death[] = [];
  readonly #directory: string;
  readonly #processes: Processes;
  readonly #members: Map<string, Running> = new Map();
  #isClosing = false;

  constructor(directory: string) {
    this.#directory = directory;
    this.#processes = new Processes(directory);
  }

  /** Starts them and waits until all are up. */
  async startAll(specs: readonly MemberSpec[]): Promise<void> {
    for (const spec of specs) this.launch(spec);
    await Promise.all(specs.map(({ name }) => this.isUp(name)));
  }

  /** Starts it, for the first time or again, and waits for nothing. */
  launch(spec: MemberSpec): void {
    const member = this.#members.get(spec.name) ?? { spec, times: 0, child: null, isHeld: false };
    this.#members.set(spec.name, member);
    member.times++;
    const child = this.#processes.launch(outputOf(member), spec);
    member.child = child;
    child.once('exit', (code, signal) => this.#ended(member, child, `${signal ?? code}`));
  }

  /**
   * Waits until it is ready: where it has a port it is asked, else it says that it is up. `live`: until it listens, so
   * that it can be there without its brokers. Throws where it ends, or takes more than three minutes.
   */
  async isUp(name: string, what: 'ready' | 'live' = 'ready'): Promise<void> {
    const member = this.#memberOf(name);
    const { url } = member.spec;
    await until(
      `${name} to be up`,
      async () => {
        if (member.child === null) throw new Error(`${name} has ended`);
        if (url === undefined) return this.#said(member).includes('services are up');
        // not listening yet: nobody answers
        return (await fetch(`${url}/health/${what}`).catch(() => null))?.status === 200;
      },
      UP_MS,
    ).catch((error: unknown) => {
      throw new Error(`${name} did not come up\n${this.#said(member).slice(-SAID_LENGTH)}`, { cause: error });
    });
  }

  /**
   * A running one that nobody holds, which is the caller's until `release`; null where there is none. `spare`: only one
   * without which each of its services still runs elsewhere.
   */
  take(random: SeededRandom, options: { service?: string; spare?: boolean }): MemberSpec | null {
    const free = [...this.#members.values()].filter((member) => isFree(member));
    const fitting = free.filter(
      ({ spec }) =>
        (options.service === undefined || spec.services.includes(options.service)) &&
        (options.spare !== true || spec.services.every((service) => runElsewhere(service, spec, free))),
    );
    const chosen = fitting[random.below(Math.max(1, fitting.length))];
    if (chosen === undefined) return null;
    chosen.isHeld = true;
    return chosen.spec;
  }

  /** Keeps it from being taken by others. */
  hold(name: string): void {
    this.#memberOf(name).isHeld = true;
  }

  release({ name }: MemberSpec): void {
    this.#memberOf(name).isHeld = false;
  }

  pidOf(name: string): number {
    return this.#memberOf(name).child?.pid ?? 0;
  }

  stateOf(name: string): ProcessState {
    return stateOf(this.pidOf(name));
  }

  freeze(name: string): void {
    this.#memberOf(name).child?.kill('SIGSTOP');
  }

  thaw(name: string): void {
    this.#memberOf(name).child?.kill('SIGCONT');
  }

  /** Ends it by a signal; resolves with the code or signal that the system says it ended by. */
  async end(name: string, signal: 'SIGKILL' | 'SIGTERM'): Promise<string> {
    const member = this.#memberOf(name);
    const { child } = member;
    member.child = null;
    if (child === null) return 'it was not running';
    const ended = once(child, 'exit');
    child.kill(signal);
    const [code, by] = (await ended) as [number | null, string | null];
    return String(by ?? code);
  }

  /** Forgets one that has ended for good. */
  forget(name: string): void {
    this.#members.delete(name);
  }

  /** What has ended by itself meanwhile is started again; to be called now and then. */
  restartDead(): void {
    for (const { spec, child, isHeld } of this.#members.values())
      if (child === null && !isHeld) this.launch(spec);
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#processes.close();
  }

  #ended(member: Running, child: ChildProcess, how: string): void {
    if (member.child !== child || this.#isClosing) return; // we have ended it
    member.child = null;
    this.deaths.push({ name: member.spec.name, how, said: this.#said(member).slice(-SAID_LENGTH) });
  }

  #memberOf(name: string): Running {
    const member = this.#members.get(name);
    if (member === undefined) throw new RangeError(`there is no process ${name}`);
    return member;
  }

  #said(member: Running): string {
    const file = join(this.#directory, `${outputOf(member)}.log`);
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  }
}

/** Each incarnation writes to a file of its own. */
const outputOf = ({ spec, times }: Running): string => `${spec.name}.${times}`;

const isFree = ({ child, isHeld }: Running): boolean => child !== null && !isHeld;

const runElsewhere = (service: string, spec: MemberSpec, free: readonly Running[]): boolean =>
  free.some((other) => other.spec !== spec && other.spec.services.includes(service));
