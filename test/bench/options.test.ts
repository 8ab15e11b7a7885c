import { expect, test } from 'bun:test';
import { readOptions, usage } from '../../bench/options.ts';
import { describe, setupsFor } from '../../bench/setup.ts';
import { OptionsError } from '../support/flags.ts';

test.each([
  [['--bill', '10'], "Unknown option '--bill'"],
  [['10'], 'Unexpected argument'],
  [['--bills', 'many'], '--bills "many" can\'t be used: give a whole number from 1 to 10000000'],
  [['--bills', '0'], 'give a whole number from 1'],
  [['--repeat', '1.5'], '--repeat "1.5" can\'t be used'],
  [['--broker', 'redis'], 'give one of embedded, kafka, both'],
  [['--store', 'disk'], 'give one of embedded, kafka, sqlite, postgres, memory'],
  [['--files', 'yes'], 'give one of on, off'],
  [['--tracing', 'off,much'], 'give some of off, on, all'],
  [['--engines', '5'], 'give --partitions 5 or more'],
  [['--rate', '1000', '--seconds', '3600'], 'offers more than 1000000 bills'],
  [['--broker', 'kafka', '--store', 'embedded'], 'beside Kafka give kafka, sqlite, postgres or memory'],
])('%j is refused with what would be right', (args, message) => {
  expect(() => readOptions(args)).toThrow(OptionsError);
  expect(() => readOptions(args)).toThrow(message);
});

test('a wrong option ends the bench with 2 and a hint, and --help with 0 and every option', () => {
  const run = (...args: readonly string[]): ReturnType<typeof Bun.spawnSync> =>
    Bun.spawnSync([process.execPath, 'bench/main.ts', ...args], { stdout: 'pipe', stderr: 'pipe' });
  const wrong = run('--broker', 'redis');
  expect([wrong.exitCode, String(wrong.stderr)]).toEqual([
    2,
    expect.stringContaining('See bun bench --help.'),
  ]);
  const nowhere = run('--out', '/dev/null/results.json');
  expect([nowhere.exitCode, String(nowhere.stderr)]).toEqual([
    2,
    expect.stringContaining("can't be written"),
  ]);
  const help = run('--help');
  expect([help.exitCode, String(help.stdout)]).toEqual([0, usage]);
  for (const name of [
    'bills',
    'broker',
    'partitions',
    'engines',
    'store',
    'files',
    'rate',
    'repeat',
    'seed',
    'out',
  ])
    expect(usage).toContain(`--${name} `);
});

test('each log has its floor, and Kafka the baseline, before what is held against them', () => {
  const options = readOptions(['--store', 'memory']);
  expect(options && setupsFor(options).map(describe)).toEqual([
    'embedded, floor',
    'embedded, requite, jobs in memory, no files',
    'embedded, requite, jobs in memory, files',
    'kafka, floor',
    'kafka, baseline, no files',
    'kafka, baseline, files',
    'kafka, requite, jobs in memory, no files',
    'kafka, requite, jobs in memory, files',
  ]);
});

test('a store that a log can not have is left out there', () => {
  const options = readOptions(['--store', 'embedded', '--files', 'on']);
  expect(options && setupsFor(options).map(describe)).toEqual([
    'embedded, floor',
    'embedded, requite, jobs in embedded, files',
  ]);
});

test('tracing off, sampled and all are measured side by side where that is asked for', () => {
  const setups = (args: readonly string[]): readonly string[] =>
    setupsFor(
      readOptions(['--broker', 'embedded', '--store', 'embedded', '--files', 'off', ...args]) ?? never(),
    ).map(describe);
  const ours = 'embedded, requite, jobs in embedded, no files';
  expect(setups([])).toEqual(['embedded, floor', ours]);
  expect(setups(['--tracing', 'all,off'])).toEqual([
    'embedded, floor',
    `${ours}, tracing off`,
    `${ours}, tracing all`,
  ]);
});

function never(): never {
  throw new Error('help was not asked for');
}
