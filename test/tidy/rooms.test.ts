/** The checkout keeps the rules of the house; and each rule finds what is planted for it. */
import { describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { check } from './rules.ts';

const root = path.resolve(import.meta.dir, '../..');
const problems = (file: string, source: string): string[] =>
  check({ path: file, source }).map(({ problem }) => problem);

test('every file of the checkout keeps the rules', () => {
  const files = [
    ...new Bun.Glob('{client,core,services,scripts,examples,bench,test}/**/*.ts').scanSync(root),
  ].sort();
  expect(files).toContain('core/mod.ts');
  const found = files
    .flatMap((file) => check({ path: file, source: readFileSync(path.join(root, file), 'utf8') }))
    .map(({ path: file, line, problem }) => `${file}:${line} ${problem}`);
  expect(found).toEqual([]);
});

describe('refuses', () => {
  const refused: [why: string, file: string, source: string][] = [
    ['a service that imports another', 'services/crm/a.ts', "import { x } from '../engine/b.ts';"],
    ['a service that imports its main', 'services/crm/a.ts', "import { x } from '../main.ts';"],
    [
      'a service that goes past the door',
      'services/crm/a.ts',
      "import { x } from '../../core/view/fold.ts';",
    ],
    [
      'a service that takes a type past the door',
      'services/crm/a.ts',
      "import type { X } from '../../core/view/x.ts';",
    ],
    ['a service that needs the runtime', 'services/crm/a.ts', "import fs from 'node:fs';"],
    [
      'a platform that imports a service',
      'services/platform/http/a.ts',
      "import { x } from '../../crm/b.ts';",
    ],
    [
      'a platform that goes past the door',
      'services/platform/a.ts',
      "export * from '../../core/view/fold.ts';",
    ],
    ['a core that imports a service', 'core/view/a.ts', "import { x } from '../../services/platform/a.ts';"],
    ['a core that imports a package', 'core/a.ts', "import pino from 'pino';"],
    ['a core that imports the runtime', 'core/a.ts', "import path from 'node:path';"],
    ['a core that imports Bun', 'core/a.ts', "import { Database } from 'bun:sqlite';"],
    ['a core that imports at run time', 'core/a.ts', "await import('../services/main.ts');"],
    ['a core that imports without .ts', 'core/a.ts', "import { x } from './b';"],
    [
      "TypeBox's compiler in the core",
      'core/a.ts',
      "import { TypeCompiler } from '@sinclair/typebox/compiler';",
    ],
    ['a client that imports the core', 'client/a.ts', "import { x } from '../core/mod.ts';"],
    [
      'a client that takes a type of a service',
      'client/a.ts',
      "import type { X } from '../services/coordinator/replies/index.ts';",
    ],
    ['a client that imports a package', 'client/a.ts', "import { Type } from '@sinclair/typebox';"],
    ['a client that imports the runtime', 'client/a.ts', "import path from 'node:path';"],
    ['a service that imports the client', 'services/crm/a.ts', "import { x } from '../../client/mod.ts';"],
    ['a script that imports a service', 'scripts/a.ts', "import { x } from '../services/crm/b.ts';"],
    ['a test imported by the core', 'core/a.ts', "import { test } from '../test/harness.ts';"],
    ['a benchmark imported by a service', 'services/main.ts', "import { x } from '../bench/b.ts';"],
    ['an example that goes round the package', 'examples/a.ts', "import { x } from '../core/mod.ts';"],
    ['our own name inside', 'services/crm/a.ts', "import { x } from 'requite';"],
    ['a clock in the core', 'core/a.ts', 'export const now = Date.now();'],
    ['a clock as a type in the core', 'core/a.ts', 'export type Due = Date;'],
    ['a clock under another name', 'core/a.ts', 'const Clock = Date;'],
    ['a clock as a shorthand property', 'core/a.ts', 'export const clock = { Date };'],
    ['chance in the core', 'core/a.ts', 'export const dice = Math.random();'],
    ['chance in brackets', 'core/a.ts', "export const dice = Math['random']();"],
    ['Intl in the core', 'core/a.ts', 'new Intl.NumberFormat();'],
    ['toLocaleString in the core', 'core/a.ts', '(1).toLocaleString();'],
    ['localeCompare in the core', 'core/a.ts', "['a'].sort((a, b) => a.localeCompare(b));"],
    ['a format in a schema', 'core/a.ts', "Type.String({ minLength: 1, format: 'date' });"],
    ['a global by way of globalThis', 'core/a.ts', 'globalThis.fetch;'],
    ['code made from a string', 'core/a.ts', "new Function('return 1');"],
    ...['process.pid', 'Bun.version', 'Deno.pid', 'Buffer.from([])', 'fetch(url)', 'crypto.randomUUID()'].map(
      (use): [string, string, string] => [`${use} in the core`, 'core/a.ts', `${use};`],
    ),
    ...[
      'setTimeout(f)',
      'setInterval(f)',
      'console.log(1)',
      'performance.now()',
      'eval(s)',
      'TypeCompiler',
    ].map((use): [string, string, string] => [`${use} in the core`, 'core/a.ts', `${use};`]),
    ['process.env in a service', 'services/crm/a.ts', 'process.env.HOST;'],
    ['process.env in the platform', 'services/platform/config.ts', "process['env'].HOST;"],
    ['Bun.env in the platform', 'services/platform/a.ts', 'Bun.env.HOST;'],
    ['import.meta.env in the platform', 'services/platform/a.ts', 'import.meta.env.HOST;'],
    ['env taken out of process', 'services/platform/a.ts', 'const { env } = process;'],
    ['env imported', 'services/platform/a.ts', "import { env } from 'node:process';"],
    ['a file too long', 'core/a.ts', '// one\n'.repeat(401)],
    ['an error swallowed', 'core/a.ts', 'try { f(); } catch {}'],
    ['an error caught and not used', 'services/crm/a.ts', 'try { f(); } catch (error) { g(); }'],
    ['a rejection swallowed', 'services/platform/a.ts', 'f().catch(() => {});'],
    ['a rejection caught and not used', 'services/platform/a.ts', 'f().catch((error) => undefined);'],
  ];
  test.each(refused)('%s', (_, file, source) => {
    expect(problems(file, source)).toHaveLength(1);
  });
});

describe('lets pass', () => {
  const fine: [what: string, file: string, source: string][] = [
    ['the core importing itself', 'core/view/a.ts', "import { x } from '../messages/b.ts';"],
    ["TypeBox's Value", 'core/a.ts', "import { Value } from '@sinclair/typebox/value';"],
    [
      'a service that uses the door',
      'services/crm/a.ts',
      "import { x } from '../../core/mod.ts'; import e from 'elysia';",
    ],
    [
      'a service that uses the platform',
      'services/crm/a.ts',
      "import { x } from '../platform/http/serve.ts';",
    ],
    ['the client importing itself', 'client/a.ts', "import { x } from './b.ts'; fetch(url);"],
    [
      'a script that reads the schemas of replies',
      'scripts/a.ts',
      "import * as x from '../services/coordinator/replies/index.ts';",
    ],
    ['a main that imports services', 'services/main.ts', "import { x } from './crm/a.ts'; process.env.HOST;"],
    ['an example that uses the package', 'examples/a.ts', "import { x } from 'requite/bun';"],
    ['a test that imports anything', 'test/a.test.ts', "import { x } from '../core/view/a.ts'; Date.now();"],
    [
      'banned words in comments and strings',
      'core/a.ts',
      "// Date.now()\nexport const text = 'process.env, fetch(…)';",
    ],
    [
      'banned words as properties',
      'core/a.ts',
      'export const f = (a: { fetch: string }) => a.fetch; f({ fetch: "" });',
    ],
    ['a name of its own', 'core/a.ts', 'export function run(process: string) { return process; }'],
    ['a format that is no schema', 'core/a.ts', 'render({ format: 1 });'],
    ['an error used', 'core/a.ts', 'try { f(); } catch (error) { g(error); }'],
    ['an error explained', 'core/a.ts', 'try { f(); } catch { /* It was never there. */ }'],
    ['a rejection explained', 'services/crm/a.ts', '// It was only a hint.\nf().catch(() => {});'],
    ['a rejection explained behind', 'services/crm/a.ts', 'f().catch(() => {}); // It was only a hint.'],
    ['a rejection passed on', 'services/crm/a.ts', 'f().catch(report); f().catch((error) => report(error));'],
    ['a long table made by a script', 'core/a.ts', `// Made by scripts/a.py.\n${'// one\n'.repeat(401)}`],
  ];
  test.each(fine)('%s', (_, file, source) => {
    expect(problems(file, source)).toEqual([]);
  });
});

test('a file that does not parse is an error, not a pass', () => {
  expect(() => check({ path: 'core/a.ts', source: 'const = ;' })).toThrow('does not parse');
});
