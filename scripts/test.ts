/**
 * `bun run test [file filters and flags of bun test]`: runs the tests and ends with a line `N passed, N failed`.
 *
 * The counts come from bun's own summary; what bun calls an error (a file that does not load, a rejection nobody
 * waits for) is a failure here, and so is a run without any test.
 */
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = path.resolve(import.meta.dir, '..');
const testTimeoutMs = 120_000;

/** Tests leave their data where they made it, to be looked at while they run; all of it goes when they have ended. */
const scratch = mkdtempSync(path.join(tmpdir(), 'requite-tests-'));
chmodSync(scratch, 0o711); // a database server that runs as another user has its folder inside

const child = Bun.spawn([process.execPath, 'test', `--timeout=${testTimeoutMs}`, ...process.argv.slice(2)], {
  cwd: root,
  env: { ...process.env, TMPDIR: scratch, ...(process.stderr.isTTY ? { FORCE_COLOR: '1' } : {}) },
  stdin: 'inherit',
  stdout: 'inherit',
  stderr: 'pipe',
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));

const keptCharacters = 4_000;
const decoder = new TextDecoder();
let tail = '';
for await (const chunk of child.stderr) {
  process.stderr.write(chunk);
  tail = (tail + decoder.decode(chunk, { stream: true })).slice(-keptCharacters);
}
const exitCode = await child.exited;
// Servers that are just ending remove their own folders in there too, which can cut a removal short.
for (let attempt = 0; attempt < 10 && existsSync(scratch); attempt++)
  rmSync(scratch, { recursive: true, force: true });

const summary = Bun.stripANSI(tail).split('\n');
const end = summary.findLastIndex((line) => /^Ran \d+ tests? across/.test(line));
const count = (what: string): number => {
  const line = summary
    .slice(0, Math.max(end, 0))
    .findLast((each) => new RegExp(`^ *\\d+ ${what}s?$`).test(each));
  return line === undefined ? 0 : Number.parseInt(line, 10);
};
const passed = count('pass');
const skipped = count('skip') + count('todo');
let failed = count('fail') || count('error'); // A file that does not load counts as both.
if (passed + failed === 0 && exitCode === 0) console.error('No test ran, which counts as a failure.');
if (failed === 0 && (exitCode !== 0 || passed === 0)) failed = 1;
console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exit(failed === 0 ? 0 : 1);
