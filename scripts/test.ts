/**
 * `bun run test [file filters and flags of bun test]`: runs the tests and ends with a line `N passed, N failed`.
 *
 * Without arguments it runs all of them, in two lanes side by side: whole systems of processes, which wait a lot, and
 * everything else. The counts come from bun's own summary.
 */
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Lane, runLane } from './test-lane.ts';

const root = path.resolve(import.meta.dir, '..');
const testTimeoutMs = 120_000;

/** Tests leave their data where they made it, to be looked at while they run; all of it goes when they have ended. */
const scratch = mkdtempSync(path.join(tmpdir(), 'requite-tests-'));
chmodSync(scratch, 0o711); // a database server that runs as another user has its folder inside

const given = process.argv.slice(2);
const lanes: readonly Lane[] = (given.length > 0 ? [given] : lanesOfAll()).map((args) =>
  runLane({
    cwd: root,
    env: { ...process.env, TMPDIR: scratch, ...(process.stderr.isTTY ? { FORCE_COLOR: '1' } : {}) },
    args: [`--timeout=${testTimeoutMs}`, ...args],
    write: (text) => process.stderr.write(text),
  }),
);
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    for (const lane of lanes) lane.kill(signal);
  });
const counts = await Promise.all(lanes.map((lane) => lane.counts));

// Servers that are just ending remove their own folders in there too, which can cut a removal short.
for (let attempt = 0; attempt < 10 && existsSync(scratch); attempt++)
  rmSync(scratch, { recursive: true, force: true });

const sum = (of: 'passed' | 'failed' | 'skipped'): number => counts.reduce((all, each) => all + each[of], 0);
const skipped = sum('skipped');
const failures = counts.flatMap((each) => each.failures);
if (failures.length > 0 && lanes.length > 1)
  console.log(`\nWhat failed, once more:\n\n${failures.join('\n')}`); // it stands far above, between all that passed
console.log(`\n${sum('passed')} passed, ${sum('failed')} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exit(sum('failed') === 0 ? 0 : 1);

function lanesOfAll(): readonly (readonly string[])[] {
  const files = [...new Bun.Glob('test/**/*.test.ts').scanSync(root)].sort();
  const isWaiting = (file: string): boolean => /^test\/(story|bench|chaos|browser)\//.test(file);
  return [files.filter(isWaiting), files.filter((file) => !isWaiting(file))].map((lane) =>
    lane.map((file) => `./${file}`),
  );
}
