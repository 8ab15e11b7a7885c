import { afterEach, beforeEach, expect, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { deadLetter, type IncomingRecord, topics } from '../../../core/mod.ts';
import { readDeadLettersArguments } from '../../../services/platform/dead-letters/arguments.ts';
import { UsageError } from '../../../services/platform/topics/arguments.ts';
import { runCommand } from '../../support/run-command.ts';
import { BillingBench } from './support.ts';

let bench: BillingBench;
beforeEach(async () => {
  bench = await BillingBench.make();
});
afterEach(() => bench.close());

/** Letters on the log, all on partition 0. */
async function put(
  ...letters: readonly (readonly [key: string, reason: string, topic?: string])[]
): Promise<void> {
  const came = (key: string, topic: string): IncomingRecord => {
    return { topic, partition: 0, offset: 1, key, value: `{"id":"${key}"}`, headers: {}, timestampMs: 0 };
  };
  await bench.backing.transport.publish(
    letters.map(([key, reason, topic = topics.customers]) =>
      deadLetter(came(key, topic), reason, `why ${key}`),
    ),
  );
}

const ids = (out: string): string[] =>
  out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line).id);

test('lists by reason, topic, place and number, as a table or as lines of JSON', async () => {
  expect((await bench.deadLetters('list')).out).toBe('There are none.\n');
  await put(['a', 'bad'], ['b', 'worse'], ['c', 'bad', topics.answers], ['d\u001b[31m', 'bad']);
  const { status, out } = await bench.deadLetters('list');
  expect([status, out.split('\n')[0]?.split(/ +/)]).toEqual([
    0,
    ['LETTER', 'WHEN', 'REASON', 'FROM', 'KEY', 'DETAIL'],
  ]);
  expect(out).toContain('customers 0/1');
  expect(out).not.toContain('\u001b');
  expect(ids((await bench.deadLetters('list --json --reason bad')).out)).toEqual(['0/0', '0/2', '0/3']);
  expect(ids((await bench.deadLetters(`list --json --topic ${topics.answers}`)).out)).toEqual(['0/2']);
  expect(ids((await bench.deadLetters('list --json --after 0/1')).out)).toEqual(['0/2', '0/3']);
  const page = await bench.deadLetters('list --json --limit 2');
  expect([ids(page.out), page.err]).toEqual([['0/0', '0/1'], expect.stringContaining('--after 0/1')]);
});

test('replay takes so many as it is told, dry at first, and then hides them from the list', async () => {
  await put(['a', 'bad'], ['b', 'bad'], ['c', 'bad']);
  const dry = await bench.deadLetters('replay --reason bad --limit 2 --dry-run');
  expect(dry.out).toContain('2 letters would be replayed');
  expect((await bench.records(topics.customers)).length).toBe(0);
  await bench.deadLetters('replay --reason bad --limit 2');
  expect((await bench.records(topics.customers)).map(({ key }) => key)).toEqual(['a', 'b']);
  expect(ids((await bench.deadLetters('list --json')).out)).toEqual(['0/2']);
  expect(ids((await bench.deadLetters('list --json --all')).out)).toEqual(['0/0', '0/1', '0/2']);
});

test('a letter that is not there, or that can’t go back, exits with 1 and says why', async () => {
  await put(['a', 'bad', topics.instances]);
  for (const line of ['show 0/9', 'show 9/0', 'replay 0/9']) {
    const { status, err } = await bench.deadLetters(line);
    expect([line, status, err]).toEqual([line, 1, expect.stringContaining('There is no dead letter')]);
  }
  const refused = await bench.deadLetters('replay 0/0');
  expect([refused.status, refused.err]).toEqual([
    1,
    expect.stringContaining('Nothing is replayed onto instances'),
  ]);
});

const wrong: readonly [string, string][] = [
  ['frobnicate', 'choose among list, show, replay'],
  ['list 0/0', 'list takes options alone'],
  ['list --dry-run', 'list has no option --dry-run'],
  ['list --limit 0', '--limit takes'],
  ['list --after x', '--after takes partition/offset'],
  ['show', 'show takes one letter'],
  ['show 0/0 0/1', 'show takes one letter'],
  ['replay', 'replay takes one letter'],
  ['replay --limit 5', 'replay takes one letter'],
  ['replay 0/0 --reason x', 'not both'],
  ['list --frob', "Unknown option '--frob'"],
];
test('a command line that can’t be used says what it takes', () => {
  for (const [line, advice] of wrong) {
    expect(() => readDeadLettersArguments(line.split(' '))).toThrow(UsageError);
    expect(() => readDeadLettersArguments(line.split(' '))).toThrow(advice);
  }
});

test('as a process: shows a letter whole, helps, refuses a wrong line with 2, and makes nothing where there is no log', async () => {
  await put(['a', 'bad']);
  const { dataDir } = bench.settings;
  const run = (words: readonly string[], env = {}) =>
    runCommand('dead-letters', words, { DATA_DIR: dataDir, ...env });
  const nowhere = join(dataDir, 'nowhere');
  const [shown, help, usage, none] = await Promise.all([
    run(['show', '0/0']),
    run(['--help']),
    run(['list', '--frob']),
    run(['list'], { DATA_DIR: nowhere }),
  ]);
  expect(JSON.parse(shown.out)).toMatchObject({
    id: '0/0',
    reason: 'bad',
    detail: 'why a',
    origin: { topic: topics.customers, partition: 0, offset: 1 },
    key: 'a',
    value: '{"id":"a"}',
  });
  expect([help.status, help.out]).toEqual([0, expect.stringContaining('DATA_DIR')]);
  expect([usage.status, usage.err]).toEqual([2, expect.stringContaining('dead-letters --help')]);
  expect([none.status, none.err, existsSync(nowhere)]).toEqual([
    3,
    expect.stringContaining('set DATA_DIR'),
    false,
  ]);
}, 60_000);
