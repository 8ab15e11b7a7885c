/** A user's own workflow, in an empty project that has the packed package, lives through a kill -9. */
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { until } from '../support/until.ts';
import { emptyFolder, install, pack } from './project.ts';

const folder = emptyFolder();
const children: ChildProcess[] = [];

// The parts of the user's program, each its own process: `bun own.ts PART`.
const program = `import { Type } from '@sinclair/typebox';
import { workflow } from 'requite';
import { awaitWorkflow, serveAnswers, serveWorkflows, startWorkflow } from 'requite/bun';

const order = workflow({
  type: 'dinner', version: 1, input: Type.Object({ guest: Type.String() }),
  *run({ ask }, { guest }) {
    const dish = yield* ask('dish', { guest }, Type.String());
    const drink = yield* ask('drink', { guest, dish }, Type.String());
    return \`\${guest}: \${dish}, \${drink}\`;
  },
});

const part = process.argv[2];
if (part === 'engine') await serveWorkflows([order]);
if (part === 'kitchen') await serveAnswers({ dish: () => 'soup' });
if (part === 'bar') await serveAnswers({ drink: () => 'tea' });
if (part === 'start') await startWorkflow(order, 'table-7', { guest: 'Ada' });
if (part === 'wait') console.log(JSON.stringify(await awaitWorkflow('table-7', '60s')));
if (part === 'story') {
  const { openBacking } = await import('requite/bun');
  const backing = await openBacking({ dataDir: './data' });
  const reader = await backing.transport.read({ topics: ['workflow-events'], from: () => 0 });
  for (const record of await reader.poll({ maxRecords: 100, waitMs: 0 })) console.log(record.value);
  await reader.close();
  await backing.close();
}
console.log('done');
`;

beforeAll(() => {
  install(folder, pack(folder));
  writeFileSync(path.join(folder, 'own.ts'), program);
});
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

function start(part: string): ChildProcess {
  const child = spawn(process.execPath, ['own.ts', part], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  return child;
}

async function output(part: string): Promise<string> {
  const child = start(part);
  let text = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  const code = await new Promise<number | null>((ended) => child.once('close', ended));
  expect(code).toBe(0);
  return text;
}

async function killed(child: ChildProcess): Promise<void> {
  const gone = new Promise((ended) => child.once('exit', ended));
  child.kill('SIGKILL');
  await gone;
}

test('a workflow of a user of the packed package goes on after a kill -9 of its engine, and ends once', async () => {
  const engine = start('engine');
  await output('start');
  const kitchen = start('kitchen');
  await until('the second question to be asked', async () =>
    (await output('story')).includes('"category":"drink"'),
  );
  await killed(engine);
  await killed(kitchen);
  start('engine');
  start('bar');
  expect(JSON.parse((await output('wait')).split('\n')[0] ?? '')).toEqual({
    status: 'completed',
    result: 'Ada: soup, tea',
  });
  expect((await output('story')).match(/"event":"completed"/g)).toEqual(['"event":"completed"']);
}, 120_000);
