import { expect, test } from 'bun:test';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ADVICE, advised } from '../../../services/cli/advice.ts';
import { asTyped, typedBy } from '../../../services/cli/called.ts';
import { shellWord } from '../../../services/platform/shell.ts';
import { BUN_RUN } from '../../support/own-bun.ts';
import { runCommand } from '../../support/run-command.ts';

const root = resolve(import.meta.dir, '../../..');

const OWN = { version: '1.4.5', execPath: '/usr/local/bin/bun' };
const FROM_NPX = { version: '1.4.5', execPath: '/home/a/.npm/_npx/86/node_modules/bun/bin/bun.exe' };
const script = (event: string) => ({ npm_command: 'run-script', npm_lifecycle_event: event });
const packaged = (event: string, line: string) => ({
  npm_command: 'exec',
  npm_lifecycle_event: event,
  npm_lifecycle_script: line,
});

test('advice names commands as the user has called the one that gives it', () => {
  const text = 'See bun run topics --help, or requite watch R.';
  for (const [called, environment, by, bun] of [
    ['See bun run requite topics --help, or bun run requite watch R.', script('requite'), 'requite', OWN],
    // of a package, by its name alone
    [
      'See bun run requite topics --help, or bun run requite watch R.',
      { npm_command: 'run-script' },
      'requite',
      OWN,
    ],
    [
      'See npx --yes bun@1.4.5 run requite topics --help, or npx --yes bun@1.4.5 run requite watch R.',
      script('requite'),
      'requite',
      FROM_NPX,
    ],
    ['See bunx requite topics --help, or bunx requite watch R.', packaged('bunx', 'requite'), 'requite', OWN],
    ['See npx requite topics --help, or npx requite watch R.', packaged('npx', "'requite'"), 'requite', OWN],
    // npx has brought Bun, which was given a file
    ['See requite topics --help, or requite watch R.', packaged('npx', '"bun" "x.ts"'), 'requite', FROM_NPX],
    ['See requite topics --help, or requite watch R.', {}, 'requite', OWN],
    // in a shell that another script has opened
    ['See requite topics --help, or requite watch R.', script('shell'), 'requite', OWN],
    ['See bun run topics --help, or bun run requite watch R.', script('topics'), 'topics', OWN],
    [
      'See npx --yes bun@1.4.5 run topics --help, or npx --yes bun@1.4.5 run requite watch R.',
      script('topics'),
      'topics',
      FROM_NPX,
    ],
    ['See bun run topics --help, or bun run requite watch R.', {}, 'topics', OWN],
  ] as const) {
    const typed = typedBy({ environment, script: by, bun });
    const written = asTyped(text, typed, ['topics', 'watch']);
    expect(written).toBe(called);
    expect(asTyped(written, typed, ['topics', 'watch'])).toBe(called);
  }
});

test('what is no command stays as it is written', () => {
  const typed = typedBy({ environment: script('requite'), script: 'requite', bun: FROM_NPX });
  for (const text of ['requite saves nothing', 'bun run bench', 'requite topicsfoo', 'prequite topics'])
    expect(asTyped(text, typed, ['topics'])).toBe(text);
});

test('Bun tells a script by which name it was called', async () => {
  const child = Bun.spawn([process.execPath, 'run', 'requite', 'wacth'], {
    cwd: root,
    env: { PATH: process.env.PATH ?? '' },
    stdout: 'ignore',
    stderr: 'pipe',
  });
  const err = await new Response(child.stderr).text();
  expect(err).toEndWith(`Did you mean "watch"?\nSee ${BUN_RUN}requite --help.\n`);
  const alone = await runCommand('topics', ['lsit'], {});
  expect(alone.err).toEndWith('See bun run topics --help.\n');
}, 60_000);

test('a word is written as a shell takes it', () => {
  for (const [text, word] of [
    ['42', '42'],
    ['http://127.0.0.1:3007', 'http://127.0.0.1:3007'],
    ['a b', "'a b'"],
    ["o'b", "'o'\\''b'"],
    ['', "''"],
    ['-x', "'-x'"],
    ['$x', "'$x'"],
  ] as const)
    expect(shellWord(text)).toBe(word);
});

test('what the coordinator advises by its routes is advised by commands', () => {
  const sources = readdirSync(join(root, 'services/coordinator'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(root, 'services/coordinator', name), 'utf8'))
    .join('\n');
  for (const [routes, commands] of ADVICE) {
    expect(sources).toContain(routes);
    expect(advised(`So it is. ${routes}`)).toBe(`So it is. ${commands}`);
  }
});
