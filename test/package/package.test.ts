/** The package can be published and used: to npm (Bun, Node, Deno) and to JSR. */
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import * as client from '../../client/mod.ts';
import * as core from '../../core/mod.ts';
import * as onBun from '../../services/platform/bun.ts';
import { nodeRuntime } from '../node/runtime.ts';
import { denoBinary, nodeBinary } from '../runtimes/binaries.ts';
import { emptyFolder, filesOf, install, manifest, pack, run } from './project.ts';

const root = path.resolve(import.meta.dir, '../..');
const readJson = (file: string): Record<string, unknown> =>
  JSON.parse(readFileSync(path.join(root, file), 'utf8'));
const folder = emptyFolder();
let tarball = '';

beforeAll(() => {
  tarball = pack(folder);
  install(folder, tarball);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('publint finds nothing to say about the tarball', async () => {
  const bytes = readFileSync(tarball);
  const { messages, pkg } = await publint({ pack: { tarball: new Uint8Array(bytes).buffer }, strict: true });
  expect(messages.map((message) => formatMessage(message, pkg ?? {}, { color: false }))).toEqual([]);
});

test('the package has its sources and types, and nothing that is not for its users', () => {
  const files = filesOf(tarball);
  for (const file of [
    'client/mod.ts',
    'dist/client/mod.js',
    'dist/client/mod.d.ts',
    'core/mod.ts',
    'dist/core/mod.js',
    'dist/core/mod.d.ts',
    'services/platform/bun.ts',
    'services/requite.ts',
    'dist/services/platform/node.js',
    'dist/services/platform/node.d.ts',
  ]) {
    expect(files).toContain(file);
  }
  const onlyOnBun =
    /^dist\/.*\/(bun|store\/sqlite\/.*|transport\/embedded\/.*|transport\/librdkafka\/crab-.*)\.js$/;
  expect(files.filter((file) => onlyOnBun.test(file))).toEqual([]);
  const strangers = files.filter(
    (file) =>
      !/^(client|core|services|dist)\/|^(package\.json|README\.md|LICENSE)$/.test(file) ||
      /\.test\./.test(file),
  );
  expect(strangers).toEqual([]);
  expect(manifest.private).toBeUndefined();
});

// What an importer sees: the names, and that a function works.
const script = `import * as core from 'requite';
import * as client from 'requite/client';
const error = await client.connect('http://127.0.0.1:1', { retryForMs: 0 }).run('r').get().catch((thrown) => thrown);
console.log(JSON.stringify([Object.keys(core).sort(), core.partitionFor('71638', 12)]));
console.log(JSON.stringify([Object.keys(client).sort(), error.code]));\n`;
const seen = `${JSON.stringify([Object.keys(core).sort(), core.partitionFor('71638', 12)])}
${JSON.stringify([Object.keys(client).sort(), 'unreachable'])}\n`;

function expectTheCoreAndTheClient(command: string[]): void {
  writeFileSync(path.join(folder, 'try.mjs'), script);
  const output = run([...command, 'try.mjs'], folder, { DENO_DIR: path.join(folder, '.deno') });
  expect(output.all).toBe(seen);
}

const node = nodeBinary();
const skipNode = 'missing' in node && !process.env.CI;
if (skipNode) console.warn(`SKIPPED: the package on Node, because ${node.missing}.`);

test.skipIf(skipNode)('the core and the client are there on Node', () => {
  if ('missing' in node) throw new Error(`CI has to test on Node, but ${node.missing}.`);
  expectTheCoreAndTheClient([node.path]);
});

test('the core and the client are there on Deno', () => {
  expectTheCoreAndTheClient([
    denoBinary(),
    'run',
    '--no-prompt',
    '--no-remote',
    '--cached-only',
    '--node-modules-dir=manual',
    '--allow-net=127.0.0.1:1',
  ]);
});

test('the core and the client are there on Bun', () => {
  expectTheCoreAndTheClient([process.execPath]);
});

test('the command line is there on Bun, under its name', () => {
  const program = path.join(folder, 'node_modules/requite', manifest.bin.requite);
  const { all } = run([process.execPath, program, '--help'], folder);
  expect(all).toStartWith('Usage: requite COMMAND');
});

test('the host is there on Bun', () => {
  writeFileSync(
    path.join(folder, 'host.ts'),
    "console.log(Object.keys(await import('requite/bun')).sort().join());\n",
  );
  expect(run([process.execPath, 'host.ts'], folder).all).toBe(`${Object.keys(onBun).sort().join()}\n`);
});

test('on Bun the host says which package librdkafka needs', () => {
  const program = `import { kafkaSettings, openBacking } from 'requite/bun';
const kafka = kafkaSettings('127.0.0.1:1', { client: 'librdkafka' });
await openBacking({ dataDir: '.', kafka, jobStore: 'memory' }).catch((error) => console.log(error.message));
`;
  writeFileSync(path.join(folder, 'librdkafka.ts'), program);
  expect(run([process.execPath, 'librdkafka.ts'], folder).all).toMatch(
    /bun add kafka-crab-js.*@confluentinc\/kafka-javascript can't run on Bun/,
  );
});

// Node as the host needs it is newer than what the core needs.
const hostNode = await nodeRuntime().catch((error: Error) => ({ missing: error.message }));
const skipHostNode = 'missing' in hostNode && !process.env.CI;
if (skipHostNode) console.warn(`SKIPPED: the host on Node, because ${hostNode.missing}.`);

test.skipIf(skipHostNode)('the host is there on Node, the same as on Bun', () => {
  expect(onHostNode("console.log(Object.keys(await import('requite/node')).sort().join());")).toBe(
    `${Object.keys(onBun).sort().join()}\n`,
  );
});

test.skipIf(skipHostNode)('on Node the host loads what is asked for, and says what needs Bun', () => {
  const asked = [
    { kafka: 'platformatic', jobStore: 'memory' },
    { kafka: 'platformatic', jobStore: 'postgres', postgresUrl: 'postgres://nobody@127.0.0.1:1/none' },
    { kafka: 'librdkafka', jobStore: 'memory' },
    { kafka: 'platformatic', jobStore: 'sqlite' },
    {},
  ];
  const said = onHostNode(`import { openBacking } from 'requite/node';
const kafka = { brokers: ['127.0.0.1:1'], clientId: 'x', tls: null, sasl: null, sessionTimeoutMs: 6000,
  requestTimeoutMs: 1000, replication: null, autocreate: true, properties: {} };
for (const { kafka: client, ...others } of ${JSON.stringify(asked)}) {
  const settings = { dataDir: './nothing', kafka: client === undefined ? null : { ...kafka, client }, ...others };
  try {
    const backing = await openBacking(settings);
    console.log(backing.description);
    await backing.close();
  } catch (error) {
    console.log(\`\${error.name}: \${error.message}\`);
  }
}`);
  const lines = said.trim().split('\n');
  expect(lines.filter((line) => !line.startsWith('{"level":"warn"'))).toEqual([
    'Kafka at 127.0.0.1:1; jobs in memory',
    'Kafka at 127.0.0.1:1; jobs in postgres',
    expect.stringMatching(/^BackingError: .*npm install @confluentinc\/kafka-javascript/),
    expect.stringMatching(/^BackingError: .*"sqlite" needs Bun/),
    expect.stringMatching(/^BackingError: the embedded log needs Bun/),
  ]);
});

function onHostNode(program: string): string {
  if ('missing' in hostNode) throw new Error(`CI has to test on Node, but ${hostNode.missing}.`);
  writeFileSync(path.join(folder, 'host.mjs'), program);
  return run([hostNode.path, 'host.mjs'], folder).all;
}

test("the package's types hold in a strict project that knows no runtime", () => {
  const compilerOptions = {
    strict: true,
    module: 'nodenext',
    target: 'es2023',
    lib: ['es2023'],
    types: [],
    noEmit: true,
  };
  writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['types.ts'] }));
  const use =
    "import { partitionFor } from 'requite';\nexport const partition: number = partitionFor('71638', 12);\n";
  const tsc = [process.execPath, path.join(root, 'node_modules/typescript/bin/tsc')];
  writeFileSync(path.join(folder, 'types.ts'), use);
  expect(run(tsc, folder).all).toBe('');
  writeFileSync(path.join(folder, 'types.ts'), use.replace(': number', ': string'));
  expect(run(tsc, folder).all).toContain("Type 'number' is not assignable to type 'string'");
});

test("the client's types hold in a strict project that has the web's types alone", () => {
  const compilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    module: 'nodenext',
    target: 'es2023',
    lib: ['es2023', 'dom', 'dom.iterable', 'dom.asynciterable'],
    types: [],
    noEmit: true,
  };
  writeFileSync(
    path.join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, files: ['client.ts'] }),
  );
  const use = `import { connect, type RunProgress } from 'requite/client';
export const progress: Promise<RunProgress> = connect('').run('r').wait({ timeoutMs: 5 });
export const text: Promise<string> = connect('', { token: () => 'x' }).bill('w', 'html');
`;
  const tsc = [process.execPath, path.join(root, 'node_modules/typescript/bin/tsc')];
  writeFileSync(path.join(folder, 'client.ts'), use);
  expect(run(tsc, folder).all).toBe('');
  writeFileSync(path.join(folder, 'client.ts'), use.replace("'html'", "'pdf'"));
  expect(run(tsc, folder).all).toContain('not assignable');
});

const jsr = (...flags: string[]): ReturnType<typeof run> =>
  run([denoBinary(), 'publish', '--dry-run', '--allow-dirty', '--config', 'jsr.json', ...flags], root, {
    DENO_DIR: path.join(folder, '.deno'),
  });

test('JSR would take the core', () => {
  const { exitCode, all } = jsr('--allow-slow-types');
  expect(all).toContain('Dry run complete');
  expect(exitCode).toBe(0);
  expect(all).not.toMatch(/\.test\.ts|\/(services|test|scripts|bench)\//);
});

test('the public API has its types written out, but for the schemas, whose types follow from them', () => {
  const slow = jsr()
    .all.split(/^(?=error|warning)/m)
    .filter((part) => /^(error|warning)\[/.test(part));
  const isSchema = (part: string): boolean =>
    part.startsWith('error[missing-explicit-type]') && /^\d+ \| .*const \w+ = Type\.\w+\(/m.test(part);
  expect(slow.filter((part) => !isSchema(part))).toEqual([]);
});

test('package.json, jsr.json and deno.json agree on versions', () => {
  expect(readJson('jsr.json').version).toBe(manifest.version);
  const versions: Record<string, string> = { ...manifest.devDependencies, ...manifest.dependencies };
  for (const file of ['jsr.json', 'deno.json']) {
    for (const [name, target] of Object.entries(readJson(file).imports as Record<string, string>)) {
      const [scope, bare = ''] = name.split('/');
      const packageName = name.startsWith('@') ? `${scope}/${bare}` : String(scope);
      expect(target).toBe(`npm:${name.replace(packageName, `${packageName}@${versions[packageName]}`)}`);
    }
  }
});
