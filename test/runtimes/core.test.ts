/**
 * The core runs unchanged on Bun, Node, Deno and workerd: every case of test/core, on each of them. What Bun
 * registers is the measure; the others must register the same cases, in the same order, and fail none.
 */
import { afterAll, expect, test } from 'bun:test';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { denoBinary, nodeBinary, workerdBinary } from './binaries.ts';
import { bundle, root, workFolder, writeEntry } from './bundle.ts';
import { type Report, readReport } from './report.ts';

const timeLimitMs = 110_000;
const folder = workFolder();
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function run(command: string[]): Promise<Report> {
  const child = Bun.spawn(command, {
    cwd: root,
    env: { ...process.env, NO_COLOR: '1', DENO_NO_UPDATE_CHECK: '1', DENO_DIR: path.join(folder, 'deno') },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    timeout: timeLimitMs,
  });
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  const report = readReport(stdout) ?? readReport(stderr);
  if (report === undefined) {
    throw new Error(`${command[0]} (exit code ${child.exitCode}) gave no report:\n${stdout}${stderr}`);
  }
  return report;
}

const onBun = bundle(writeEntry(folder, 'bun', 'main')).then((main) => run([process.execPath, main]));

const names = ({ passed, failed }: Report): string[] => [...passed, ...failed.map(({ name }) => name)].sort();

async function expectTheSameCases(report: Report): Promise<void> {
  expect(report.failed).toEqual([]);
  expect(names(report).length).toBeGreaterThan(0);
  expect(names(report)).toEqual(names(await onBun));
}

test("the core's tests pass on Bun without its test runner", async () => {
  await expectTheSameCases(await onBun);
});

const node = nodeBinary();
const skipNode = 'missing' in node && !process.env.CI;
if (skipNode) console.warn(`SKIPPED: the core's tests on Node, because ${node.missing}.`);

test.skipIf(skipNode)("the core's tests pass on Node", async () => {
  if ('missing' in node) throw new Error(`CI has to test on Node, but ${node.missing}.`);
  await expectTheSameCases(await run([node.path, await bundle(writeEntry(folder, 'node', 'main'))]));
});

test("the core's tests pass on Deno, straight from the TypeScript sources", async () => {
  const flags = ['--no-prompt', '--no-lock', '--no-remote', '--cached-only', '--allow-read', '--allow-env'];
  const config = ['--config', path.join(root, 'deno.json')];
  const entry = writeEntry(folder, 'deno', 'main');
  await expectTheSameCases(await run([denoBinary(), 'run', ...flags, ...config, entry]));
});

test("the core's tests pass on workerd, which forbids code generation", async () => {
  const worker = await bundle(writeEntry(folder, 'workerd', 'worker'));
  const config = path.join(folder, 'workerd.capnp');
  // Only the tests need nodejs_compat, for node:assert.
  writeFileSync(
    config,
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (services = [(name = "core", worker = (
  modules = [(name = "core.mjs", esModule = embed "${path.basename(worker)}")],
  compatibilityDate = "2026-01-01",
  compatibilityFlags = ["nodejs_compat"],
))]);
`,
  );
  const report = await run([workerdBinary(), 'test', config]);
  expect(report.generatesCode).toBe(false);
  await expectTheSameCases(report);
});
