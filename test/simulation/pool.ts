import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import type { RunOptions } from './options.ts';
import type { Tally } from './tally.ts';
import type { Errand, Report } from './worker.ts';

/** What is to be simulated by one worker at once. */
export interface Batch {
  readonly from: number;
  readonly schedules: number;
  readonly untilViolation: boolean;
  readonly run: RunOptions;
}

/** Worker processes, each with one batch at a time. */
export class Pool {
  readonly #workers: readonly ChildProcess[];
  #nextId = 0;
  #isStopped = false;

  constructor(workers: number) {
    const file = join(import.meta.dir, 'worker.ts');
    this.#workers = Array.from({ length: workers }, () =>
      fork(file, [], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }),
    );
  }

  /**
   * Has all batches done; `onDone` is told of each, in the order in which they end. Rejects where one could not be
   * simulated, or a worker died.
   */
  async run(batches: Iterator<Batch>, onDone: (tally: Tally, batch: Batch) => void): Promise<void> {
    await Promise.all(
      this.#workers.map(async (worker) => {
        for (let next = batches.next(); next.done !== true && !this.#isStopped; next = batches.next()) {
          const tally = await this.#perform(worker, next.value);
          if (tally !== null) onDone(tally, next.value);
        }
      }),
    );
  }

  /** Ends the workers; what they had in hand is not told. */
  stop(): void {
    this.#isStopped = true;
    for (const worker of this.#workers) worker.kill('SIGKILL');
  }

  /** Null where the pool was stopped meanwhile. */
  #perform(worker: ChildProcess, { run: { suppress, ...run }, ...range }: Batch): Promise<Tally | null> {
    const id = this.#nextId++;
    const errand: Errand = { id, ...range, run, suppress: [...(suppress ?? [])] };
    return new Promise((resolve, reject) => {
      const done = (): void => {
        worker.off('message', onMessage);
        worker.off('exit', onExit);
      };
      const onMessage = (report: Report): void => {
        if (report.id !== id) return;
        done();
        if ('tally' in report) resolve(report.tally);
        else reject(new Error(report.error));
      };
      const onExit = (code: number | null): void => {
        done();
        const range = `seeds ${errand.from} to ${errand.from + errand.schedules - 1}`;
        if (this.#isStopped) resolve(null);
        else
          reject(new Error(`the worker for ${range} ended (${code ?? 'killed'}): run them with --workers 1`));
      };
      worker.on('message', onMessage);
      worker.on('exit', onExit);
      worker.send(errand);
    });
  }
}
