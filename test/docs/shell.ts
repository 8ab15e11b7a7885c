import { type ChildProcess, spawn } from 'node:child_process';
import { until } from '../support/until.ts';

/** What a command came to: its exit code, and what it printed on both streams. */
export interface Outcome {
  readonly status: number;
  readonly printed: string;
}

/** Longer than any command of a page takes on a machine that has much to do. */
const WITHIN_MS = 120_000;

/** One bash, in which the commands of a page run one after the other, as a reader's do. */
export class Shell {
  readonly #bash: ChildProcess;
  #output = '';
  #count = 0;

  constructor(cwd: string, env: Readonly<Record<string, string>>) {
    this.#bash = spawn('bash', ['--norc'], { cwd, env: { ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
    for (const stream of [this.#bash.stdout, this.#bash.stderr])
      stream?.on('data', (chunk: Buffer) => (this.#output += chunk.toString()));
    // it ended meanwhile: whoever waits for a command says so
    this.#bash.stdin?.on('error', () => {});
    this.#bash.stdin?.write('set -o pipefail\n');
  }

  /** Runs it to its end. Throws where the time is over, with what it said. */
  async run(command: string): Promise<Outcome> {
    const mark = `--- ${process.pid} ${++this.#count} ended with`;
    const end = new RegExp(`\\n${mark} (\\d+)\\n`);
    this.#output = '';
    // in braces, so that what it assigns is there for the next
    this.#bash.stdin?.write(`{ ${command}\n} </dev/null 2>&1\nprintf '\\n${mark} %s\\n' "$?"\n`);
    const found = await until(
      `${command} to end; it says ${this.#output.slice(-500)}`,
      () => end.exec(this.#output),
      WITHIN_MS,
    );
    return { status: Number(found[1]), printed: this.#output.slice(0, found.index) };
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#bash.once('exit', resolve));
    this.#bash.kill('SIGKILL');
    await ended;
  }
}
