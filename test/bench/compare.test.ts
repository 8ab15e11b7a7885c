import { afterAll, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compared } from '../../bench/compare.ts';
import type { Results } from '../../bench/report/results.ts';
import { readSaved } from '../../bench/report/saved.ts';
import { setupsFor } from '../../bench/setup.ts';
import { OptionsError } from '../support/flags.ts';
import { measured, optionsOf, resultsOf } from './results.ts';

const directory = mkdtempSync(join(tmpdir(), 'requite-bench-test-'));
afterAll(() => rmSync(directory, { recursive: true }));

const ARGS = ['--broker', 'embedded', '--store', 'embedded', '--files', 'off', '--rate', '0'];

/** Floor and ours with these speeds, for each number of partitions. */
function results(floor: number, ours: number, partitions = '4'): Results {
  const options = optionsOf(...ARGS, '--partitions', partitions);
  const speed = { floor, 'jobs-floor': 0, baseline: 0, requite: ours };
  return resultsOf(
    options,
    setupsFor(options).map((setup) => measured(setup, speed[setup.system])),
  );
}

function saved(name: string, content: unknown): string {
  const file = join(directory, name);
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

const run = (...args: readonly string[]): { code: number; out: string; err: string } => {
  const { exitCode, stdout, stderr } = Bun.spawnSync([process.execPath, 'bench/main.ts', 'compare', ...args]);
  return { code: exitCode, out: String(stdout), err: String(stderr) };
};

test('rows that both have stand beside each other, with the ratio of speed and of what it is of the floor', () => {
  const lines = compared(results(1_000, 100), results(2_000, 400)).split('\n');
  const cells = lines.filter((line) => line.startsWith('embedded')).map((line) => line.split(/ {2,}/));
  expect(cells).toEqual([
    ['embedded', 'floor', '–', '–', '1,000', '2,000', '2.00×', '–', '–', '–', '1.00×'],
    ['embedded', 'requite', 'embedded', 'off', '100', '400', '4.00×', '2.00×', '–', '–', '1.00×'],
  ]);
});

test('rows that only one has are named, and rows of other shapes are no pair', () => {
  const text = compared(results(1_000, 100, '1,4'), results(1_000, 100, '4,12'));
  expect(text.match(/^Only in .*$/gm)).toEqual([
    'Only in A: embedded, floor, 1 partition',
    'Only in A: embedded, requite, jobs in embedded, no files, 1 partition',
    'Only in B: embedded, floor, 12 partitions',
    'Only in B: embedded, requite, jobs in embedded, no files, 12 partitions',
  ]);
  expect(compared(results(1, 1, '1'), results(1, 1, '4'))).toStartWith('No row is in both.');
});

test('parts alone are compared too', () => {
  const alone = (median: number, cpuUsPerBill: number): Results => ({
    ...results(1, 1),
    floors: [
      {
        floor: { part: 'files', way: 'plain' },
        bills: 1,
        repetitions: [{ billsPerSecond: median, cpuUsPerBill, brokerCpuUsPerBill: null }],
        billsPerSecond: { min: median, median, max: median },
        failure: null,
      },
    ],
  });
  expect(compared(alone(100, 10), alone(300, 5))).toMatch(
    /files, plain: not flushed +100 +300 +3\.00× +0\.50×/,
  );
});

test('a file of the bench before there were lists is read, with the one shape that it had', () => {
  const { floors: _, ...older } = results(1_000, 100);
  const rows = older.rows.map(({ setup: { partitions: _p, engines: _e, rate: _r, ...setup }, ...row }) => ({
    ...row,
    setup,
  }));
  const options = { ...older.options, partitions: 4, engines: 1, rate: 0 };
  const file = saved('older.json', { ...older, format: 1, options, rows });
  expect(compared(readSaved(file), results(1_000, 50))).toMatch(
    /embedded +requite +embedded +off +100 +50\.0 +0\.50×/,
  );
});

test('the command prints which files they are and ends with 0', () => {
  const [a, b] = [saved('a.json', results(1_000, 100)), saved('b.json', results(1_000, 200))];
  const { code, out } = run(a, b);
  expect(code).toBe(0);
  for (const part of [`A: ${a}`, `B: ${b}`, 'B BESIDE A', '2.00×']) expect(out).toContain(part);
  expect(run('--help')).toMatchObject({
    code: 0,
    out: expect.stringContaining('Usage: bun bench compare A B'),
  });
});

test.each([
  ['nothing.json', undefined, "can't be read as the JSON of a bench"],
  ['text.json', 'bills', "can't be read as the JSON of a bench"],
  ['list.json', [], 'is no result of bun bench'],
  ['other.json', { name: 'requite' }, 'is no result of bun bench'],
  ['newer.json', { format: 3, rows: [], options: {} }, 'is of format 3, and this bench reads 1 and 2'],
])('%s is refused', (name, content, message) => {
  const file = content === undefined ? join(directory, name) : saved(name, content);
  expect(() => readSaved(file)).toThrow(OptionsError);
  expect(() => readSaved(file)).toThrow(message);
  expect(() => readSaved(file)).toThrow(file);
});

test('anything but two files is refused with what would be right', () => {
  const one = run(saved('one.json', results(1, 1)));
  expect([one.code, one.err]).toEqual([
    2,
    expect.stringContaining('takes two JSON files of bun bench, and got 1'),
  ]);
  expect(run('--colour', 'a', 'b').code).toBe(2);
});
