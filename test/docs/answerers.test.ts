/** The programs of docs/answerers.md, as they stand there, answer workflows over a real Kafka. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Type, topics, WorkflowFailure, workflow } from '../../core/mod.ts';
import {
  awaitWorkflow,
  type Host,
  kafkaSettings,
  openBacking,
  serveWorkflows,
  startWorkflow,
} from '../../services/platform/bun.ts';
import { type Cluster, describeWithCluster, startCluster } from '../broker/index.ts';
import { kafkaJars } from '../broker/jars.ts';
import { classPath } from '../broker/java.ts';
import { describeWithPython, findPython } from '../foreign/python.ts';
import { readTopic } from '../support/read-topic.ts';

const root = resolve(import.meta.dir, '../..');
const BUILD_WITHIN_MS = 9 * 60_000;

const expense = workflow({
  type: 'expense',
  version: 1,
  input: Type.Object({ who: Type.String(), cents: Type.Integer() }),
  *run({ ask }, { who, cents }) {
    const Decision = Type.Object({ approved: Type.Boolean(), by: Type.String() });
    const { approved, by } = yield* ask('decision', { who, cents }, Decision);
    if (!approved) throw new WorkflowFailure('rejected', `${by} says no`);
    return `${who} gets ${cents} cents, says ${by}`;
  },
});

const python = await findPython();
const directory = mkdtempSync(join(tmpdir(), 'requite-answerers-'));
let child: ChildProcess | null = null;
let said = '';
afterEach(async () => {
  const running = child;
  child = null;
  if (running === null || running.exitCode !== null) return;
  const ended = new Promise((resolve) => running.once('exit', resolve));
  running.kill('SIGKILL');
  await ended;
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describeWithCluster('a manager in another language, as docs/answerers.md has it', () => {
  let cluster: Cluster;
  let engine: Host;
  beforeAll(async () => {
    cluster = await startCluster();
    engine = await serveWorkflows([expense], { brokers: cluster.brokers });
  }, 180_000);
  afterAll(async () => {
    await engine.stop();
    await cluster.close();
  });

  describeWithPython('answers in Python', python, (program) => {
    test('a workflow ends as the manager in Python decides', async () => {
      start(program, [write('python', 'manager.py'), cluster.brokers]);
      await expectDecisions('python');
    }, 330_000);
  });

  // a program from its source needs Java's compiler
  const withJava = Bun.which('javac') === null && process.env.CI !== 'true' ? test.skip : test;
  withJava(
    'a workflow ends as the manager in Java decides',
    async () => {
      const path = classPath(await kafkaJars());
      start('java', ['-XX:TieredStopAtLevel=1', '-cp', path, write('java', 'Manager.java'), cluster.brokers]);
      await expectDecisions('java');
    },
    330_000,
  );

  const withGo = Bun.which('go') === null && process.env.CI !== 'true' ? describe.skip : describe;
  withGo('with Go', () => {
    test(
      'a workflow ends as the manager in Go decides',
      async () => {
        start(builtInGo(), [cluster.brokers]);
        await expectDecisions('go');
      },
      BUILD_WITHIN_MS + 330_000,
    );
  });

  test('answers have the key and partition number of their questions, and none is refused', async () => {
    const kafka = kafkaSettings(cluster.brokers);
    const backing = await openBacking({ dataDir: directory, kafka, jobStore: 'memory' });
    const places = async (topic: string): Promise<ReadonlySet<string>> =>
      new Set(
        (await readTopic(backing.transport, topic)).map(({ key, partition }) => `${key} in ${partition}`),
      );
    const asked = await places(topics.questions);
    expect(asked.size).toBeGreaterThanOrEqual(2);
    expect(await places(topics.answers)).toEqual(asked);
    expect(await places(topics.deadLetters)).toEqual(new Set());
    await backing.close();
  }, 60_000);

  async function expectDecisions(language: string): Promise<void> {
    const settings = { brokers: cluster.brokers };
    await startWorkflow(expense, `${language}-flight`, { who: 'Ada', cents: 86_000 }, settings);
    await startWorkflow(expense, `${language}-yacht`, { who: 'Ada', cents: 900_000 }, settings);
    const flight = await awaitWorkflow(`${language}-flight`, '150s', settings);
    if (flight === null) throw new Error(`the manager in ${language} has not answered; it said: ${said}`);
    expect(flight).toEqual({ status: 'completed', result: 'Ada gets 86000 cents, says Grace' });
    expect(await awaitWorkflow(`${language}-yacht`, '150s', settings)).toEqual({
      status: 'failed',
      error: { code: 'rejected', message: 'Grace says no' },
    });
  }
});

/** The page's one block of a language, in a file of its name, which the text before it gives. */
function write(language: string, name: string): string {
  const page = readFileSync(join(root, 'docs/answerers.md'), 'utf8');
  const [, before = '', program = ''] =
    new RegExp(`\\n## \\w+\\n([^#]*?)\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(page) ?? [];
  expect(before).toContain(`\`${name}\``);
  const file = join(directory, name);
  writeFileSync(file, program);
  return file;
}

function start(program: string, args: readonly string[]): void {
  said = '';
  child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => (said = `${said}${chunk}`.slice(-4_000)));
}

/** Built with the modules that test/foreign/go pins; kept where nothing of it has changed. */
function builtInGo(): string {
  const source = write('go', 'main.go');
  const pinned = join(root, 'test/foreign/go');
  const hash = Bun.hash([source, join(pinned, 'go.sum')].map((file) => readFileSync(file, 'utf8')).join());
  const program = join(root, '.tmp', `manager-in-go-${hash}`);
  if (existsSync(program)) return program;
  mkdirSync(join(root, '.tmp'), { recursive: true });
  for (const name of ['go.mod', 'go.sum']) cpSync(join(pinned, name), join(directory, name));
  const { status, stderr } = spawnSync('go', ['build', '-o', program, '.'], {
    cwd: directory,
    encoding: 'utf8',
    timeout: BUILD_WITHIN_MS,
  });
  if (status !== 0) throw new Error(`go could not build the manager: ${stderr}`);
  return program;
}
