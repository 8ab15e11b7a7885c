import { expect, test } from 'bun:test';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const root = resolve(import.meta.dir, '../..');
const example = resolve(root, 'examples/reminder.ts');

test("the example of testing one's own workflow runs, and docs/simulation.md shows it and what it prints", () => {
  const env = { PATH: process.env.PATH ?? '' };
  const run = spawnSync(process.execPath, [example], { encoding: 'utf8', timeout: 60_000, env });
  expect(run.stderr).toBe('');
  expect(run.status).toBe(0);
  expect(run.stdout).toContain('completed remind Ada\n100 schedules, ');
  const page = readFileSync(resolve(root, 'docs/simulation.md'), 'utf8');
  expect(page).toContain(readFileSync(example, 'utf8').trim());
  // how many steps the schedules take changes with the simulator
  const story = run.stdout.split('\n').filter((line) => !line.includes(' steps: '));
  expect(page).toContain(story.join('\n').trim());
});
