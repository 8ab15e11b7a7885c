import type { CallPoint } from './faults.ts';

/** Something that a process waits for: its effect takes place when the scheduler comes to it. */
export interface Call {
  readonly process: Process;
  readonly point: CallPoint | 'pause';
  /** Does it; what it throws is the caller's error. */
  effect(): unknown;
  /** Whether it would wait for news: it is carried out now and then only. */
  isIdle(): boolean;
  resolve(value: unknown): void;
  reject(error: Error): void;
  /** Not before this step. */
  notBefore: number;
  /** Whether a fault has made it wait already. */
  isHeld: boolean;
}

const never: Promise<never> = new Promise(() => {});
const turnOver: Promise<void> = Promise.resolve();
const notIdle = (): boolean => false;

/** One simulated process: it waits for one call at a time, or it has ended. */
export class Process {
  readonly name: string;
  readonly role: string;
  /** Which run of this name: 1 is the first. */
  readonly run: number;
  /** How far its clock is from the others', in milliseconds. */
  skewMs = 0;
  isAlive = true;
  pending: Call | null = null;
  /** It is to die at its next call. */
  isDoomed = false;
  readonly #kernel: Kernel;

  constructor(kernel: Kernel, role: string, name: string, run: number) {
    this.#kernel = kernel;
    this.role = role;
    this.name = name;
    this.run = run;
  }

  now(): number {
    return this.#kernel.nowMs + this.skewMs;
  }

  /** Asks the outside for something. A dead process waits for ever. */
  call<T>(point: Call['point'], effect: () => T, isIdle: () => boolean = notIdle): Promise<T> {
    if (!this.isAlive) return never;
    return this.#kernel.call(this, point, effect, isIdle);
  }
}

/** So many turns of the microtask queue are enough for any process to come to its next call. */
const MAX_TURNS = 20_000;

/** Runs processes by turns, one call at a time. Nothing else makes them go on: no timers, no input. */
export class Kernel {
  step = 0;
  nowMs: number;
  readonly processes: Process[] = [];
  /** The largest time on any clock, by step. */
  readonly latestMs: number[] = [];
  /** Processes that neither wait for a call nor have ended. */
  #busy = 0;
  readonly #runs: Map<string, number> = new Map();

  constructor(nowMs: number) {
    this.nowMs = nowMs;
  }

  /** Starts a process; `begin` must come to its first call at once. */
  start(role: string, name: string, begin: (process: Process) => void): Process {
    const run = (this.#runs.get(name) ?? 0) + 1;
    this.#runs.set(name, run);
    const process = new Process(this, role, name, run);
    this.processes.push(process);
    this.#busy++;
    begin(process);
    return process;
  }

  call<T>(process: Process, point: Call['point'], effect: () => T, isIdle: () => boolean): Promise<T> {
    if (process.pending !== null)
      throw new Error(`${process.name} waits for ${process.pending.point} and calls ${point}: one at a time`);
    return new Promise<T>((resolve, reject) => {
      const done = resolve as (value: unknown) => void;
      process.pending = {
        process,
        point,
        effect,
        isIdle,
        resolve: done,
        reject,
        notBefore: 0,
        isHeld: false,
      };
      this.#busy--;
    });
  }

  /** Carries a call out; its process goes on with what came of it. Returns the error, where it was one. */
  carryOut(call: Call): Error | null {
    let value: unknown;
    try {
      value = call.effect();
    } catch (cause) {
      const error = cause instanceof Error ? cause : new Error(String(cause));
      this.fail(call, error);
      return error;
    }
    this.#release(call);
    call.resolve(value);
    return null;
  }

  /** The process goes on with an error. */
  fail(call: Call, error: Error): void {
    this.#release(call);
    call.reject(error);
  }

  /** Ends the waiting of a call with a value, without its effect. */
  answer(call: Call, value: unknown): void {
    this.#release(call);
    call.resolve(value);
  }

  /** It dies while it waits for its call. */
  kill(process: Process): void {
    process.isAlive = false;
    if (process.pending === null) this.#busy--;
    process.pending = null;
    this.#remove(process);
  }

  /** It has come to its end. */
  ended(process: Process): void {
    if (!process.isAlive) return;
    process.isAlive = false;
    this.#busy--;
    this.#remove(process);
  }

  /** Lets every process go on until it waits for its next call. Throws where one waits for something else. */
  async settle(): Promise<void> {
    for (let turn = 0; this.#busy > 0; turn++) {
      if (turn > MAX_TURNS) throw new Error('a process waits for something that is not simulated');
      await turnOver;
    }
  }

  /** Notes the time; call it once a step. */
  tick(): void {
    this.latestMs[this.step] = this.#latest();
  }

  /** The largest time on any clock from one step to another. */
  latestWithin(from: number, to: number): number {
    let latest = to > this.step ? this.#latest() : 0;
    for (let step = from; step <= Math.min(to, this.step); step++)
      latest = Math.max(latest, this.latestMs[step] ?? 0);
    return latest;
  }

  #latest(): number {
    let latest = this.nowMs;
    for (const process of this.processes) latest = Math.max(latest, process.now());
    return latest;
  }

  #release(call: Call): void {
    call.process.pending = null;
    this.#busy++;
  }

  #remove(process: Process): void {
    this.processes.splice(this.processes.indexOf(process), 1);
  }
}
