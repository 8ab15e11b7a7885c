import { expect, test } from 'bun:test';
import { OptionsError } from '../support/flags.ts';
import { FAULTS_OF, readOptions, usage } from './options.ts';

test('does what the issue asks where nobody says otherwise', () => {
  expect(readOptions([])).toEqual({
    system: 'billing',
    seed: 1,
    workflows: 5_000,
    minutes: 2,
    engines: 3,
    crms: 2,
    coordinators: 2,
    partitions: 12,
    brokers: 3,
    store: 'kafka',
    faults: FAULTS_OF.billing,
    freezeUpToMs: 20_000,
    sessionMs: 6_000,
    joins: 3,
    least: 3,
    json: null,
    keep: false,
  });
});

test('asks more of a long run', () => {
  expect(readOptions(['--workflows', '100000'])).toMatchObject({ least: 20, joins: 20 });
  expect(readOptions(['--workflows', '100000', '--least', '5', '--joins', '200'])).toMatchObject({
    least: 5,
    joins: 200,
  });
});

test('takes faults in any order, and those of the system alone', () => {
  expect(readOptions(['--faults', 'disk, engine'])?.faults).toEqual(['engine', 'disk']);
  expect(readOptions(['--system', 'orders'])?.faults).toEqual(FAULTS_OF.orders);
});

test.each([
  [['--workflows', '0'], '--workflows "0"'],
  [['--seed', 'x'], '--seed "x"'],
  [['--brokers', '2'], 'give one of 1, 3'],
  [['--job-store', 'memory'], 'give one of kafka, postgres, sqlite'],
  [['--minutes', '0'], 'give minutes above 0'],
  [['--freeze-up-to', '90'], 'give a time from 1s to 600s'],
  [['--faults', 'engine,fire'], 'billing can suffer engine'],
  [['--system', 'orders', '--faults', 'engine'], 'orders can suffer service'],
  [['--engines', '13'], '--partitions 12 are too few'],
  [['--session', '20s'], 'never outlives a session'],
  [['--faults', 'engine', '--joins', '5'], '--joins needs the fault "joins"'],
  [['--job-store', 'kafka', '--faults', 'store'], 'has no store but the brokers'],
  [['--no-such-thing'], '--no-such-thing'],
  [['stray'], 'stray'],
])('refuses %j and says what it takes', (args, said) => {
  expect(() => readOptions(args)).toThrow(OptionsError);
  expect(() => readOptions(args)).toThrow(said);
});

test('helps with every option and fault', () => {
  expect(readOptions(['--help', '--seed', 'x'])).toBeNull();
  for (const kind of [...FAULTS_OF.billing, ...FAULTS_OF.orders]) expect(usage).toContain(kind);
});
