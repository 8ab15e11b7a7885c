import { afterAll, expect, test } from 'bun:test';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { freePorts } from '../broker/ports.ts';
import { until } from '../support/until.ts';
import { type Step, stepsOf } from './steps.ts';

const root = resolve(import.meta.dir, '../..');
mkdirSync(join(root, '.tmp'), { recursive: true });
// inside the repository, where `requite` is known, as in the clone that the tutorial speaks of
const ground = mkdtempSync(join(root, '.tmp', 'tutorial-'));
const running: ChildProcess[] = [];
afterAll(() => {
  // each with what it started: `bun run` has a child of its own
  for (const { pid } of running) if (pid !== undefined) killGroup(pid);
  rmSync(ground, { recursive: true, force: true });
});

/** Commands that stay, each by what it says or where it answers once it is up. */
const STAYING: readonly { readonly command: RegExp; readonly says: string }[] = [
  { command: /^bun expenses\/engine\.ts$/, says: 'The engine runs.' },
  { command: /^bun expenses\/manager\.ts$/, says: 'The manager is in.' },
  { command: /^DATA_DIR=\.\/data bun run services coordinator$/, says: 'services are up' },
];
/** Commands that are not run here, and why. */
const LEFT_OUT: readonly { readonly command: RegExp; readonly why: string }[] = [
  { command: /^bun install$/, why: 'the packages are there, or this test would not run' },
  { command: /^docker compose up /, why: 'needs Docker' },
  {
    command: /^BROKERS=localhost:19092 /,
    why: 'the broker of the line before; test/package runs the same on Kafka',
  },
];

test('the tutorial, followed to the letter, does what it says', async () => {
  const steps = stepsOf(readFileSync(join(root, 'docs/tutorial.md'), 'utf8'));
  const [coordinatorPort = 0] = await freePorts(1);
  const env = {
    PATH: `${resolve(process.execPath, '..')}:${process.env.PATH ?? ''}`,
    HOME: process.env.HOME ?? '',
    DATA_DIR: join(ground, 'data'),
    COORDINATOR_PORT: String(coordinatorPort),
  };
  const unused = new Set([...STAYING, ...LEFT_OUT].map(({ command }) => command.source));
  let printed = '';
  for (const step of steps) {
    if (step.kind === 'file') writeFileSync(join(ground, step.path), step.text);
    else if (step.kind === 'prints') expect(printed.trim()).toBe(step.text.trim());
    else {
      printed = '';
      for (const line of step.lines) printed += await runLine(line);
    }
  }
  expect([...unused]).toEqual([]);

  async function runLine(line: string): Promise<string> {
    const leftOut = LEFT_OUT.find(({ command }) => command.test(line));
    if (leftOut !== undefined) {
      unused.delete(leftOut.command.source);
      return '';
    }
    const staying = STAYING.find(({ command }) => command.test(line));
    // the user's ports may be taken here, and what is in the repository has its own ./data
    const command = line
      .replaceAll('localhost:3007', `localhost:${coordinatorPort}`)
      .replace('DATA_DIR=./data ', '')
      // only this test's own engines
      .replace('pkill -9 -f expenses/engine.ts', `pkill -9 -f ${ground}/expenses/engine.ts`)
      .replace('bun expenses/', `bun ${ground}/expenses/`);
    if (staying === undefined) return await runToEnd(command);
    unused.delete(staying.command.source);
    await startAndLeave(command, staying.says);
    return '';
  }

  async function runToEnd(command: string): Promise<string> {
    const child = start(command);
    const ended = Promise.withResolvers<number | null>();
    child.process.on('exit', (code) => ended.resolve(code));
    const code = await ended.promise;
    if (code !== 0) throw new Error(`${command} ended with ${code}\n${child.output()}`);
    return child.output();
  }

  async function startAndLeave(command: string, says: string): Promise<void> {
    const child = start(command);
    running.push(child.process);
    await until(`${command} to say "${says}"`, () => {
      if (child.process.exitCode !== null) throw new Error(`${command} ended\n${child.output()}`);
      return child.output().includes(says);
    });
  }

  function start(command: string): { readonly process: ChildProcess; readonly output: () => string } {
    const child = spawn('bash', ['-c', `exec ${command}`], {
      cwd: ground,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    return { process: child, output: () => output };
  }
}, 240_000);

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as { code?: string }).code !== 'ESRCH') throw error; // it has ended by itself
  }
}

test('a page is taken apart into files, commands and what they print', () => {
  const page =
    'Put this into `a/b.ts`:\n\n```ts\nconst a = 1;\n```\n\n```sh\nbun a/b.ts   # now\n```\n\n```\nwell\n```\n';
  const expected: readonly Step[] = [
    { kind: 'file', path: 'a/b.ts', text: 'const a = 1;\n' },
    { kind: 'commands', lines: ['bun a/b.ts'] },
    { kind: 'prints', text: 'well\n' },
  ];
  expect(stepsOf(page)).toEqual(expected);
});
