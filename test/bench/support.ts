import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Results } from '../../bench/report/results.ts';

const root = resolve(import.meta.dir, '../..');

/** Without BROKERS and POSTGRES_URL: topics are deleted here, so it starts brokers of its own. */
function environment(): Record<string, string> {
  const passed = ['PATH', 'HOME', 'TMPDIR', 'JAVA_HOME', 'KAFKA_JARS_DIR'];
  return Object.fromEntries(
    passed.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** A bench as its user runs it, with its JSON in a directory of its own. */
export class RunningBench {
  readonly out: string = join(mkdtempSync(join(tmpdir(), 'requite-bench-test-')), 'results.json');
  readonly exitCode: Promise<number | null>;
  stdout = '';
  stderr = '';
  private readonly pid: number | undefined;

  constructor(...args: readonly string[]) {
    // the name of a bench stands first, where one is given
    const [name, rest] = args[0]?.startsWith('-') === false ? [args.slice(0, 1), args.slice(1)] : [[], args];
    const child = spawn(process.execPath, ['bench/main.ts', ...name, '--out', this.out, ...rest], {
      cwd: root,
      env: environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.pid = child.pid;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.exitCode = new Promise((done) => child.once('close', done));
  }

  results(): Results {
    return JSON.parse(readFileSync(this.out, 'utf8')) as Results;
  }

  /** Linux only: the process among its children whose command line ends so. */
  childRunning(commandEnd: string): number | null {
    const found = readdirSync('/proc').find((pid) => {
      if (!/^\d+$/.test(pid)) return false;
      try {
        const parent = /^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
        return Number(parent) === this.pid && command.endsWith(commandEnd);
      } catch {
        return false; // it ended while we looked
      }
    });
    return found === undefined ? null : Number(found);
  }
}
