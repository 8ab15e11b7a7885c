import { describe, expect, test } from 'bun:test';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const main = join(import.meta.dir, 'main.ts');
const PLANT = 'no-compare-and-set';
const LIMIT_MS = 100_000;

interface Ended {
  readonly status: number | null;
  readonly out: string;
  readonly error: string;
}

function simulate(...args: readonly string[]): Ended {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    encoding: 'utf8',
    timeout: LIMIT_MS,
  });
  return { status, out: stdout, error: stderr };
}

describe('bun run simulate', () => {
  test('runs schedules over processes, and tells what was injected and how seldom', () => {
    const json = join(mkdtempSync(join(tmpdir(), 'requite-simulation-')), 'figures.json');
    const run = simulate('--schedules', '60', '--from', '1', '--workers', '2', '--json', json);
    expect(run.error).toBe('simulating 60 schedules, seeds from 1\n');
    expect(run.out).toMatch(/^60 schedules, seeds from 1, in [\d.]+ s over 2 processes/);
    expect(run.out).toMatch(/least often: [\w-]+@[\w:-]+, [\d,]+ times/);
    expect(run.out).toEndWith('violations: 0\n');
    expect(run.status).toBe(0);
    const figures = JSON.parse(readFileSync(json, 'utf8'));
    expect(figures).toMatchObject({ from: 1, schedules: 60, violations: 0, findings: [] });
    expect(figures.steps).toBeGreaterThanOrEqual(60 * 200);
    expect(figures.coverage).toHaveProperty('crash@save:after');
  });

  test('a seed gives the same story each time, line by line', () => {
    const first = simulate('--seed', '7');
    expect(first.out).toMatch(/^seed 7: \d+ steps, \d+ faults/);
    expect(first.out.split('\n').length).toBeGreaterThan(20);
    expect(first.out).toEndWith('All invariants held, and everything ended.\n');
    expect(first.status).toBe(0);
    expect(simulate('--seed', '7').out).toBe(first.out);
  });

  test('a planted fault is caught and shrunk, and the command that is printed replays it', () => {
    const run = simulate(
      '--schedules',
      '2000',
      '--from',
      '1',
      '--plant',
      PLANT,
      '--violations',
      '1',
      '--workers',
      '2',
    );
    expect(run.status).toBe(1);
    const [, seed, invariant] = /^seed (\d+): invariant (\d) is broken/m.exec(run.out) ?? [];
    const [, args = ''] = /^ {2}bun run simulate (--seed .*)$/m.exec(run.out) ?? [];
    expect(args).toContain(`--seed ${seed} `);
    expect(args).toContain(`--plant ${PLANT}`);
    const replayed = simulate(...args.split(' '));
    expect(replayed.out).toContain(`Invariant ${invariant} is broken, seen at step`);
    expect(replayed.status).toBe(1);
    expect(run.out).toContain(replayed.out.trim().split('\n').slice(-5).join('\n'));
  });

  test('Ctrl-C ends it with what it has so far', async () => {
    const child = spawn(process.execPath, [
      main,
      '--schedules',
      '100000000',
      '--from',
      '1',
      '--workers',
      '1',
    ]);
    let [out, error] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      error += text;
      // twice, as where whoever started it hands the terminal's signal on
      if (error.endsWith('\n')) for (const signal of ['SIGINT', 'SIGINT'] as const) child.kill(signal);
    });
    expect(await ended).toBe(130);
    expect(out).toMatch(/^stopped after \d+ of 100000000 schedules/);
    expect(out).toMatch(/violations: 0\n$/);
  });

  test('what can not be used is refused with what to do, before anything runs', () => {
    const plant = simulate('--schedules', '5', '--plant', 'nothing');
    expect(plant.error).toStartWith('--plant "nothing" can\'t be used: give one of ');
    expect(plant.error).toEndWith('See bun run simulate --help.\n');
    expect(plant.status).toBe(2);
    const json = simulate('--schedules', '5', '--json', '/nowhere/at/all.json');
    expect(json.error).toContain("can't be written");
    expect(json.status).toBe(2);
  });

  test('--help says what it does and what it takes', () => {
    const { out, status } = simulate('--help');
    expect(out).toStartWith('Usage: bun run simulate [options]');
    expect(out).toContain('--suppress LIST');
    expect(status).toBe(0);
  });
});
