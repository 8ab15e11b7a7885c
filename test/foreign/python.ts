/** Python with confluent-kafka, for programs that have nothing of ours in them. */
import { describe, test } from 'bun:test';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { isAlive } from '../broker/workspace.ts';

const PACKAGE = 'confluent-kafka==2.16.1';
/** Ignored by git, and kept from run to run. */
const environment = resolve(import.meta.dir, '../../.tmp/python-confluent-kafka-2.16.1');
const run = promisify(execFile);

export type Python = { readonly program: string } | { readonly missing: string };

/**
 * A Python that can import confluent_kafka: a virtual environment with the package from PyPI, made at first use. Of
 * several processes that make one at once, each makes its own and one stays: it is complete, or it is not there.
 */
export async function findPython(): Promise<Python> {
  const program = join(environment, 'bin', 'python');
  if (await works(program)) return { program };
  try {
    await run('python3', ['--version']);
  } catch (error) {
    return { missing: `no python3 on the PATH (${reasonOf(error)})` };
  }
  const building = `${environment}.building-${process.pid}`;
  try {
    mkdirSync(dirname(environment), { recursive: true });
    removeLeftovers();
    await run('python3', ['-m', 'venv', building]);
    const pip = [
      '-m',
      'pip',
      '--disable-pip-version-check',
      '--no-input',
      '--retries',
      '1',
      '--timeout',
      '20',
    ];
    await run(join(building, 'bin', 'python'), [...pip, 'install', '--only-binary', ':all:', PACKAGE]);
    if (existsSync(environment) && !(await works(program)))
      rmSync(environment, { recursive: true, force: true }); // of another Python, which is gone
    renameSync(building, environment);
  } catch (error) {
    // another may have been quicker, and that will do
    if (!(await works(program))) return { missing: `no ${PACKAGE} from PyPI (${reasonOf(error)})` };
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
  return (await works(program)) ? { program } : { missing: `${PACKAGE} does not load in this python3` };
}

/** Tests that need Python. Where it is missing they are left out, loudly; in CI that is a failure. */
export function describeWithPython(name: string, python: Python, suite: (program: string) => void): void {
  if ('program' in python) {
    describe(name, () => suite(python.program));
    return;
  }
  const title = `${name}: left out, as there is ${python.missing}`;
  if (process.env.CI === 'true') {
    test(title, () => {
      throw new Error(`in CI there must be Python with ${PACKAGE}, but there is ${python.missing}`);
    });
    return;
  }
  console.warn(`\n*** LEFT OUT: ${title} ***\n`);
  test.skip(title, () => {});
}

/** A program of this folder that runs until it is killed. */
export class Script {
  readonly #child: ChildProcess;
  readonly #output: string;

  constructor(program: string, script: string, args: readonly string[], output: string) {
    this.#output = output;
    const file = openSync(output, 'a');
    this.#child = spawn(program, ['-u', join(import.meta.dir, script), ...args], {
      stdio: ['ignore', file, file],
    });
    closeSync(file);
  }

  /** What it wrote; also why it ended, where it did. */
  said(): string {
    const { exitCode } = this.#child;
    return `${readFileSync(this.#output, 'utf8')}${exitCode === null ? '' : `\nended with ${exitCode}`}`;
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await ended;
  }
}

/** Runs a program of this folder to its end. Throws with what it wrote where it fails. */
export async function runScript(program: string, script: string, args: readonly string[]): Promise<void> {
  await run(program, [join(import.meta.dir, script), ...args]);
}

async function works(program: string): Promise<boolean> {
  try {
    await run(program, ['-c', 'import confluent_kafka']);
    return true;
  } catch {
    return false; // not there, or its Python is gone: it is made anew
  }
}

/** What processes left that were killed while they made one. */
function removeLeftovers(): void {
  const started = `${environment}.building-`;
  for (const name of readdirSync(dirname(environment))) {
    const path = join(dirname(environment), name);
    if (path.startsWith(started) && !isAlive(Number(path.slice(started.length))))
      rmSync(path, { recursive: true, force: true });
  }
}

/** The last line that a failed command wrote. */
function reasonOf(error: unknown): string {
  const { stderr = '', message = String(error) } = error as { stderr?: string; message?: string };
  return stderr.trim().split('\n').at(-1) || message;
}
