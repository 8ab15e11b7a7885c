import { describe as describeTests, expect, test } from 'bun:test';
import { readOptions, usage } from '../../bench/options.ts';
import { describe, leftOutOf, setupsFor, variedOf } from '../../bench/setup.ts';
import { OptionsError } from '../support/flags.ts';
import { optionsOf } from './results.ts';

test.each([
  [['--bill', '10'], "Unknown option '--bill'"],
  [['10'], 'Unexpected argument'],
  [['--bills', 'many'], '--bills "many" can\'t be used: give a whole number from 1 to 10000000'],
  [['--bills', '0'], 'give a whole number from 1'],
  [['--repeat', '1.5'], '--repeat "1.5" can\'t be used'],
  [['--broker', 'redis'], 'give one of embedded, kafka, both'],
  [['--store', 'disk'], 'give some of embedded, kafka, sqlite, postgres, memory, separated by commas'],
  [['--store', 'sqlite,disk'], 'give some of embedded, kafka, sqlite, postgres, memory'],
  [
    ['--partitions', '1,x'],
    '--partitions "1,x" can\'t be used: give whole numbers from 1 to 1024, separated by commas',
  ],
  [['--partitions', '0'], 'give a whole number from 1 to 1024'],
  [['--engines', '1,'], '--engines "1," can\'t be used: give whole numbers from 1 to 64'],
  [['--rate', '0,50'], '--rate 0 leaves the latency part out: give it alone'],
  [['--rate', '10,100001'], 'give whole numbers from 0 to 100000'],
  [
    ['--rate', '10,1000', '--seconds', '3600'],
    '--rate 1000 for --seconds 3600 offers more than 1000000 bills',
  ],
  [['--partitions', '1,2', '--engines', '3,4'], 'give --partitions 3 or more'],
  [['--files', 'yes'], 'give one of on, off'],
  [['--fsync', 'sometimes'], 'give some of on, off, separated by commas'],
  [['--tracing', 'off,much'], 'give some of off, on, all'],
  [['--engines', '5'], 'give --partitions 5 or more'],
  [['--rate', '1000', '--seconds', '3600'], 'offers more than 1000000 bills'],
  [['--broker', 'kafka', '--store', 'embedded,kafka'], '--store embedded is part of the other log'],
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
    'systems',
    'profile',
    'out',
  ])
    expect(usage).toContain(`--${name} `);
  expect(usage).toContain('bun bench compare A B');
});

const setups = (...args: readonly string[]): readonly string[] => {
  const options = optionsOf(...args);
  return setupsFor(options).map((setup) => describe(setup, variedOf(options)));
};

test('each log has its floor, and Kafka the baseline, before what is held against them', () => {
  expect(setups('--store', 'memory')).toEqual([
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
  expect(setups('--store', 'embedded', '--files', 'on')).toEqual([
    'embedded, floor',
    'embedded, requite, jobs in embedded, files',
  ]);
  expect(setups('--store', 'sqlite,embedded,kafka', '--files', 'off', '--systems', 'requite')).toEqual([
    'embedded, requite, jobs in embedded, no files',
    'embedded, requite, jobs in sqlite, no files',
    'kafka, requite, jobs in kafka, no files',
    'kafka, requite, jobs in sqlite, no files',
  ]);
});

test('a floor that saves jobs is measured where it is asked for, once for each store that keeps any', () => {
  const own = ['--store', 'kafka,sqlite,memory', '--fsync', 'on'];
  expect(setups(...own, '--broker', 'kafka', '--systems', 'jobs-floor')).toEqual([
    'kafka, jobs-floor, jobs in kafka',
    'kafka, jobs-floor, jobs in sqlite, fsync on',
  ]);
  expect(setups(...own, '--broker', 'kafka').filter((each) => each.includes('jobs-floor'))).toEqual([]);
});

test('tracing off, sampled and all are measured side by side where that is asked for', () => {
  const own = ['--broker', 'embedded', '--store', 'embedded', '--files', 'off'];
  const ours = 'embedded, requite, jobs in embedded, no files';
  expect(setups(...own)).toEqual(['embedded, floor', ours]);
  expect(setups(...own, '--tracing', 'all,off')).toEqual([
    'embedded, floor',
    `${ours}, tracing off`,
    `${ours}, tracing all`,
  ]);
});

test('flushed or not is measured side by side where it changes something, with a floor each on the embedded log', () => {
  const own = ['--store', 'sqlite,memory', '--files', 'off', '--fsync', 'off,on'];
  expect(setups(...own, '--broker', 'embedded')).toEqual([
    'embedded, floor, fsync on',
    'embedded, floor, fsync off',
    'embedded, requite, jobs in sqlite, no files, fsync on',
    'embedded, requite, jobs in sqlite, no files, fsync off',
    'embedded, requite, jobs in memory, no files, fsync on',
    'embedded, requite, jobs in memory, no files, fsync off',
  ]);
  expect(setups(...own, '--broker', 'kafka', '--systems', 'floor,requite')).toEqual([
    'kafka, floor',
    'kafka, requite, jobs in sqlite, no files, fsync on',
    'kafka, requite, jobs in sqlite, no files, fsync off',
    'kafka, requite, jobs in memory, no files',
  ]);
});

describeTests('several partitions, engines and rates', () => {
  const own = ['--broker', 'embedded', '--store', 'embedded', '--files', 'off'];

  test('each combination is measured, with a floor of its own', () => {
    const args = [...own, '--partitions', '4, 2,4', '--engines', '1,2', '--rate', '50,10'];
    expect(setups(...args, '--systems', 'floor')).toEqual([
      'embedded, floor, 2 partitions, 1 engine, 10 bills/s',
      'embedded, floor, 2 partitions, 1 engine, 50 bills/s',
      'embedded, floor, 2 partitions, 2 engines, 10 bills/s',
      'embedded, floor, 2 partitions, 2 engines, 50 bills/s',
      'embedded, floor, 4 partitions, 1 engine, 10 bills/s',
      'embedded, floor, 4 partitions, 1 engine, 50 bills/s',
      'embedded, floor, 4 partitions, 2 engines, 10 bills/s',
      'embedded, floor, 4 partitions, 2 engines, 50 bills/s',
    ]);
    expect(setups(...args)).toHaveLength(16);
  });

  test('the baseline has one engine, and is measured once for all of ours', () => {
    const args = ['--broker', 'kafka', '--store', 'kafka', '--files', 'off', '--engines', '2,4'];
    expect(setups(...args).filter((each) => each.includes('baseline'))).toEqual([
      'kafka, baseline, no files, 1 engine',
    ]);
  });

  test('more engines than partitions are left out, and said so', () => {
    const args = [...own, '--partitions', '1,2,4', '--engines', '1,3,4'];
    expect(setups(...args, '--systems', 'floor')).toEqual([
      'embedded, floor, 1 partition, 1 engine',
      'embedded, floor, 2 partitions, 1 engine',
      'embedded, floor, 4 partitions, 1 engine',
      'embedded, floor, 4 partitions, 3 engines',
      'embedded, floor, 4 partitions, 4 engines',
    ]);
    expect(leftOutOf(optionsOf(...args))).toEqual([
      'LEFT OUT: 3 and 4 engines on 1 partition: all but one would have nothing to do.',
      'LEFT OUT: 3 and 4 engines on 2 partitions: some would have nothing to do.',
    ]);
    expect(leftOutOf(optionsOf(...own))).toEqual([]);
  });
});
