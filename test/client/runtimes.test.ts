/** The client is the same on Bun, Node and Deno: one bundle for browsers, run on each against a coordinator. */
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { renderBill } from '../../core/mod.ts';
import { denoBinary, nodeBinary } from '../runtimes/binaries.ts';
import { billOf, runOfBills } from '../services/coordinator/documents/run-of-bills.ts';
import { cleanUp } from '../services/coordinator/support.ts';

const root = path.resolve(import.meta.dir, '../..');
const folder = mkdtempSync(path.join(tmpdir(), 'requite-client-runtimes-'));

const program = `import { connect, RequiteError } from './mod.js';
const requite = connect(process.argv[2]);
const run = requite.run('r');
const events = [];
for await (const { event } of run.events()) events.push(event);
const { completed } = await run.wait();
const workflows = [];
for await (const { workflowId } of run.workflows()) workflows.push(workflowId);
const reader = (await run.bills('txt')).getReader();
const { value } = await reader.read();
await reader.cancel();
const pdf = await requite.bill('r_1', 'pdf');
const missing = await requite.bill('none').catch((error) => [error instanceof RequiteError, error.status, error.code]);
const started = await requite.start({ customerIdentifiers: ['7'], runId: 'again' });
const asked = await requite.start({ customerIdentifiers: ['8'] }, { idempotencyKey: 'once' });
const nobody = connect('http://127.0.0.1:1', { retryForMs: 0 }).run('r').get().catch(({ code }) => code);
const never = await requite.run('again').wait({ signal: AbortSignal.abort(new Error('enough')) }).catch(({ message }) => message);
console.log('said: ' + JSON.stringify({
  events, completed, workflows, never, missing,
  zip: String.fromCharCode(...value.slice(0, 2)),
  pdf: String.fromCharCode(...pdf.slice(0, 5)),
  text: await requite.bill('r_1'),
  started: started.runId, keyed: asked.accepted.count, nobody: await nobody,
}));
`;

let url: string;
beforeAll(async () => {
  ({ url } = await runOfBills(['1', '2']));
  // bundled for browsers, so that nothing of a runtime is in it
  const built = await Bun.build({
    entrypoints: [path.join(root, 'client/mod.ts')],
    outdir: folder,
    target: 'browser',
    format: 'esm',
    throw: true,
  });
  expect(built.outputs).toHaveLength(1);
  writeFileSync(path.join(folder, 'program.mjs'), program);
});
afterAll(async () => {
  await cleanUp();
  rmSync(folder, { recursive: true, force: true });
});

async function expectTheSame(command: readonly string[]): Promise<void> {
  const child = Bun.spawn([...command, path.join(folder, 'program.mjs'), url], {
    cwd: folder,
    env: { ...process.env, NO_COLOR: '1', DENO_NO_UPDATE_CHECK: '1', DENO_DIR: path.join(folder, 'deno') },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const [out, err] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  const said = /^said: (.*)$/m.exec(out)?.[1];
  if (said === undefined) throw new Error(`${command[0]} ended with ${child.exitCode}:\n${out}${err}`);
  expect(JSON.parse(said)).toEqual({
    events: ['ended'],
    completed: 2,
    workflows: ['r_1', 'r_2'],
    never: 'enough',
    missing: [true, 404, 'no-such-job'],
    zip: 'PK',
    pdf: '%PDF-',
    text: renderBill(billOf('r_1')),
    started: 'again',
    keyed: 1,
    nobody: 'unreachable',
  });
}

test('on Bun', () => expectTheSame([process.execPath]));

const node = nodeBinary();
const skipNode = 'missing' in node && !process.env.CI;
if (skipNode) console.warn(`SKIPPED: the client on Node, because ${node.missing}.`);
test.skipIf(skipNode)('on Node', async () => {
  if ('missing' in node) throw new Error(`CI has to test on Node, but ${node.missing}.`);
  await expectTheSame([node.path]);
});

test('on Deno', () =>
  expectTheSame([
    denoBinary(),
    'run',
    '--no-prompt',
    '--no-lock',
    '--no-remote',
    '--no-config',
    '--allow-net',
  ]));
