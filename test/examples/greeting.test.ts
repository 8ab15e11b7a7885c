import { expect, test } from 'bun:test';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const example = resolve(import.meta.dir, '../../examples/greeting.ts');

test('a workflow of a user and its answerer fit in 30 lines, and run', () => {
  expect(readFileSync(example, 'utf8').trimEnd().split('\n').length).toBeLessThanOrEqual(30);
  const dataDir = mkdtempSync(join(tmpdir(), 'requite-example-'));
  const env = { PATH: process.env.PATH ?? '', DATA_DIR: dataDir };
  const run = () => spawnSync(process.execPath, [example], { encoding: 'utf8', timeout: 60_000, env });
  const first = run();
  expect(first.stderr).toBe('');
  expect(first.stdout).toContain('Bonjour, Zoé!');
  expect(first.status).toBe(0);
  // the same workflow-id again is a repeat: the second run finds the first one's result
  expect(run().stdout).toBe(first.stdout);
});

test('the README shows the example as it is', () => {
  const readme = readFileSync(resolve(import.meta.dir, '../../README.md'), 'utf8');
  expect(readme).toContain(readFileSync(example, 'utf8').trim());
});
