// A run that is watched: Ctrl-C, a coordinator that dies, a terminal and none.
import { afterEach, beforeEach, expect, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { until } from '../../support/until.ts';
import { jsonLines, Lab } from './lab.ts';

const root = resolve(import.meta.dir, '../../..');

let lab: Lab;
beforeEach(async () => {
  lab = await Lab.make();
});
afterEach(() => lab.close());

/** A command that goes on, with what it has written until now. */
class Going {
  readonly child: Bun.Subprocess<'ignore', 'pipe', 'pipe'>;
  out = '';
  err = '';
  readonly #read: Promise<unknown>;

  constructor(command: readonly string[]) {
    const env = { PATH: process.env.PATH ?? '', ...lab.env };
    this.child = Bun.spawn([...command], { cwd: root, env, stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' });
    const read = async (stream: ReadableStream<Uint8Array>, add: (text: string) => void): Promise<void> => {
      const decoder = new TextDecoder();
      for await (const chunk of stream) add(decoder.decode(chunk, { stream: true }));
    };
    this.#read = Promise.all([
      read(this.child.stdout, (text) => {
        this.out += text;
      }),
      read(this.child.stderr, (text) => {
        this.err += text;
      }),
    ]);
  }

  async ended(): Promise<number> {
    await this.#read;
    return await this.child.exited;
  }
}

const requite = (...words: readonly string[]): Going =>
  new Going([process.execPath, 'services/requite.ts', ...words]);

test('Ctrl-C leaves the run alone, and says how to go on; going on sees it end', async () => {
  // no CRM yet: the run waits
  await lab.start('coordinator', ['coordinator', 'engine']);
  const going = requite('run', '2', '4', '--run-id', 'R', '--json');
  await until('progress', () => going.out.includes('"waiting":2'));
  going.child.kill('SIGINT');
  expect(await going.ended()).toBe(130);
  expect(going.err).toContain('the run goes on. To go on watching: requite watch R\n');
  await lab.start('crm', ['crm']);
  const watched = await lab.requite(['watch', 'R']);
  expect([watched.status, watched.out]).toEqual([0, expect.stringContaining('Run R: 2 bills, 0 failed')]);
}, 120_000);

test('a coordinator that is killed and comes back is watched on, to the end', async () => {
  await lab.start('coordinator', ['coordinator']);
  await lab.start('engine', ['engine']);
  const going = requite('run', '2', '4', '--run-id', 'R', '--json');
  await until('progress', () => going.out.includes('"waiting":2'));
  await lab.processes.kill('coordinator');
  await until('that it is missed', () => going.err.includes('does not answer; trying again'));
  await lab.start('coordinator', ['coordinator']);
  await lab.start('crm', ['crm']);
  expect(await going.ended()).toBe(0);
  expect(jsonLines(going.out).at(-1)).toMatchObject({ completed: 2, ended: true });
  expect(going.err.match(/trying again/g)).toHaveLength(1);
}, 120_000);

test('a run is paused, resumed and cancelled, and who did it is told', async () => {
  await lab.start('lab', ['coordinator', 'engine']);
  expect((await lab.requite(['run', '2', '4', '--run-id', 'R', '--detach'])).status).toBe(0);
  const paused = await lab.requite(['pause', 'R']);
  expect([paused.status, paused.out]).toEqual([0, expect.stringMatching(/^Run R: paused, 0 of 2 bills/)]);
  const resumed = await lab.requite(['resume', 'R', '--json']);
  expect([resumed.status, JSON.parse(resumed.out)]).toEqual([
    0,
    expect.objectContaining({ state: 'running' }),
  ]);
  expect((await lab.requite(['cancel', 'R'])).status).toBe(0);
  const watched = await lab.requite(['watch', 'R']);
  expect([watched.status, watched.out]).toEqual([4, expect.stringContaining('2 cancelled')]);
  const again = await lab.requite(['resume', 'R']);
  expect([again.status, again.out, again.err]).toEqual([1, '', expect.stringContaining('cancel')]);
  const { history } = JSON.parse((await lab.requite(['runs', 'R', '--history', '--json'])).out);
  const told = history.map(({ command, by }: Record<string, string>) => [command, by]);
  expect(told).toEqual(['pause', 'resume', 'cancel'].map((command) => [command, 'anonymous']));
  expect((await lab.requite(['runs', 'R', '--history'])).out).toMatch(/ {2}cancel {2}anonymous\n$/);
}, 120_000);

const script = Bun.which('script');
if (script === null) console.warn('SKIPPED: a command on a terminal, because there is no program "script".');

test.skipIf(script === null)(
  'on a terminal it draws a bar on one line, and does not print a PDF',
  async () => {
    await lab.start('lab', ['coordinator', 'engine', 'crm']);
    const onTerminal = (words: string): Going =>
      new Going([
        script ?? '',
        '--quiet',
        '--return',
        '--command',
        `'${process.execPath}' services/requite.ts ${words}`,
        '/dev/null',
      ]);
    const going = onTerminal('run 2 4 5 --run-id R');
    expect(await going.ended()).toBe(0);
    expect(going.out).toContain(`\r[${'█'.repeat(30)}]  3/3 bills`);
    expect(going.out).toContain('Run R: 3 bills, 0 failed');
    const pdf = onTerminal('bill R_2 --format pdf');
    expect(await pdf.ended()).toBe(2);
    expect(pdf.out).toContain('give --out FILE');
    expect(existsSync(lab.file('R_2.pdf'))).toBe(false);
  },
  120_000,
);
