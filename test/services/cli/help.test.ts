import { beforeAll, expect, test } from 'bun:test';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commands } from '../../../services/cli/commands.ts';
import { nearest } from '../../../services/cli/nearest.ts';
import { durationText } from '../../../services/cli/progress.ts';
import { runCommand, type Said } from '../../support/run-command.ts';

const requite = (...words: readonly string[]): Promise<Said> => runCommand('requite', words, {});
const GOLDEN = join(import.meta.dir, 'golden', 'help.txt');

const helpTexts: Map<string, Said> = new Map();
beforeAll(async () => {
  for (const { name } of commands) helpTexts.set(name, await requite(name, '--help'));
}, 120_000);

/** The help of all, and of each command that is a matter of the command line alone; settings change with the platform. */
async function helps(): Promise<string> {
  const parts = [(await requite('--help')).out];
  for (const [name, { status, out, err }] of helpTexts) {
    expect([name, status, err]).toEqual([name, 0, '']);
    parts.push(`$ requite ${name} --help\n${out.split(/^Settings, from the environment/m)[0]?.trimEnd()}\n`);
  }
  return parts.join('\n');
}

test('the help is the golden one (UPDATE_GOLDEN=1 writes it anew)', async () => {
  const found = await helps();
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(GOLDEN, found);
  expect(found).toBe(readFileSync(GOLDEN, 'utf8'));
  // whoever calls it requite is not sent elsewhere
  expect(found.replaceAll('From a checkout: bun run requite COMMAND.', '')).not.toContain('bun run ');
}, 120_000);

test('each command loads, and its help names the options that are completed', async () => {
  for (const { name, load, options = [], words = [] } of commands) {
    expect(await load()).toBeFunction();
    const { out } = helpTexts.get(name) ?? { out: '' };
    for (const word of [...options, ...words])
      expect([name, out]).toEqual([name, expect.stringContaining(word)]);
  }
}, 120_000);

test('an unknown command suggests the nearest; nothing near, nothing suggested', async () => {
  expect(await requite('wacth', 'R')).toEqual({
    status: 2,
    out: '',
    err: 'There is no command "wacth". Did you mean "watch"?\nSee requite --help.\n',
  });
  const names = commands.map(({ name }) => name);
  for (const [given, meant] of [
    ['topcis', 'topics'],
    ['doc', 'doctor'],
    ['dead-letter', 'dead-letters'],
    ['customer', 'customers'],
    ['cancle', 'cancel'],
    ['frobnicate', null],
    ['', null],
  ] as const)
    expect([given, nearest(given, names)]).toEqual([given, meant]);
});

test('a command line that can not be used ends with 2, says why, and prints nothing', async () => {
  const lines: readonly (readonly [words: readonly string[], says: string])[] = [
    [['run'], 'Say which customers, in one way'],
    [['run', '1', '--all'], 'Say which customers, in one way'],
    [['run', '--csv', '/nowhere.csv'], 'There is no file /nowhere.csv'],
    [['run', '1', '--lable', 'x'], "Unknown option '--lable'"],
    [['run', '1', '--url', 'somewhere'], '--url takes an address'],
    [['watch'], 'the run-id of a run'],
    [['pause', 'a', 'b'], 'no other word'],
    [['runs', '--limit', '0'], '--limit takes a whole number'],
    [['runs', '--history'], 'takes the run-id'],
    [['bill'], 'a run and one of its customers, or the workflow-id of a bill'],
    [['bill', 'R', '2', '3'], '"3" is too much'],
    [['bill', 'x', '--format', 'docx'], '--format takes one of text, html, pdf, json'],
    [['bills', 'R'], '--zip FILE'],
    [['customers', 'lsit'], 'choose among list, show, put'],
    [['completion', 'tcsh'], 'choose among bash, zsh, fish'],
    [['jobs', 'parkt'], 'There is no command'],
  ];
  for (const [words, says] of lines) {
    const { status, out, err } = await requite(...words);
    expect([words, status, out, err]).toEqual([words, 2, '', expect.stringContaining(says)]);
    expect(err).toEndWith(`See requite ${words[0]} --help.\n`);
  }
}, 120_000);

test('completion is a script that the shell takes', async () => {
  const { status, out } = await requite('completion', 'bash');
  expect(status).toBe(0);
  const asked = `${out}\nCOMP_WORDS=(requite doc); COMP_CWORD=1; _requite; echo "\${COMPREPLY[@]}"
COMP_WORDS=(requite run --lab); COMP_CWORD=2; _requite; echo "\${COMPREPLY[@]}"`;
  const bash = Bun.spawnSync(['bash', '-c', asked]);
  expect(bash.stdout.toString()).toBe('doctor\n--label\n');
  expect((await requite('completion', 'fish')).out).toContain(
    "-a doctor -d 'whether services would run here",
  );
  expect((await requite('completion', 'zsh')).out).toContain('bashcompinit');
});

test('times are told as people say them', () => {
  expect([0, 59.6, 61, 7_260].map(durationText)).toEqual(['0s', '1m 0s', '1m 1s', '2h 1m']);
});
