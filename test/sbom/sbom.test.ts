import { expect, test } from 'bun:test';
import { mkdtempSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { bomIn, bomOf, type Lockfile, parseLock } from '../../scripts/bom.ts';

const root = resolve(import.meta.dir, '../..');
const readJson = (...names: readonly string[]): Record<string, unknown> =>
  JSON.parse(readFileSync(join(import.meta.dir, ...names), 'utf8')) as Record<string, unknown>;

/** The Kafka client brings a validator of JSON Schema. */
interface Validator {
  addSchema(schema: object): void;
  compile(schema: object): ((value: unknown) => boolean) & { readonly errors?: unknown };
}
const Ajv = createRequire(Bun.resolveSync('@platformatic/kafka', root))('ajv') as new (
  options: object,
) => Validator;

test('is CycloneDX 1.6, by an excerpt of its JSON Schema, and under licences that we accept', () => {
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  ajv.addSchema(readJson('licences.json'));
  const validate = ajv.compile(readJson('bom-1.6.excerpt.json'));
  expect({ valid: validate(bomIn(root)), errors: validate.errors }).toEqual({ valid: true, errors: null });
  expect(validate({ ...bomIn(root), specVersion: 1.6, more: true })).toBe(false);
});

test('whoever reads the first lines alone, as head does, gets them, and nothing fails', () => {
  const command = `set -o pipefail; '${process.execPath}' scripts/sbom.ts | head -n 1`;
  const { exitCode, stdout, stderr } = Bun.spawnSync(['bash', '-c', command], { cwd: root });
  expect([exitCode, stdout.toString(), stderr.toString()]).toEqual([0, '{\n', '']);
});

test('has every package that package.json asks for, and nothing that is for development alone', () => {
  const { components, dependencies } = bomIn(root);
  const names = components.map(({ group, name }) => (group === undefined ? name : `${group}/${name}`));
  const manifest = readJson('../../package.json') as {
    readonly dependencies: Record<string, string>;
    readonly trustedDependencies: readonly string[];
  };
  for (const [name, version] of Object.entries(manifest.dependencies)) {
    const component = components.find(
      (each) => each.purl === `pkg:npm/${name.replace('@', '%40')}@${version}`,
    );
    expect(component?.scope).toBe('required');
    expect(component?.hashes?.[0]?.content).toMatch(/^[0-9a-f]{128}$/);
  }
  for (const name of ['knip', 'testcontainers', '@biomejs/biome', 'kafka-crab-js'])
    expect(names).not.toContain(name);
  const refs = new Set(components.map((each) => each['bom-ref']));
  for (const { dependsOn } of dependencies) for (const ref of dependsOn) expect(refs).toContain(ref);
});

test('is the same each time', () => {
  expect(JSON.stringify(bomIn(root))).toBe(JSON.stringify(bomIn(root)));
});

const lock = (packages: Record<string, [string, object]>): Lockfile =>
  parseLock(
    JSON.stringify({
      packages: Object.fromEntries(
        Object.entries(packages).map(([place, [id, needs]]) => [place, [id, '', needs, 'sha512-AAAA']]),
      ),
    }),
  );

test('finds the nearest of several versions, and calls optional what only optional packages need', () => {
  const bom = bomOf(
    { name: 'app', version: '1.0.0', dependencies: { a: '1', '@s/b': '1' } },
    lock({
      a: ['a@1.0.0', { dependencies: { c: '1' }, optionalDependencies: { native: '1', gone: '1' } }],
      '@s/b': ['@s/b@1.0.0', { dependencies: { c: '2' } }],
      c: ['c@1.0.0', {}],
      '@s/b/c': ['c@2.0.0', { dependencies: { a: '1' } }],
      native: ['native@1.0.0', { dependencies: { d: '1' } }],
      d: ['d@1.0.0', {}],
    }),
    () => 'MIT',
  );
  const dependsOn = Object.fromEntries(bom.dependencies.map((each) => [each.ref, each.dependsOn]));
  expect(dependsOn['pkg:npm/%40s/b@1.0.0']).toEqual(['pkg:npm/c@2.0.0']);
  expect(dependsOn['pkg:npm/c@2.0.0']).toEqual(['pkg:npm/a@1.0.0']);
  expect(bom.components.map(({ name, version, scope }) => `${name} ${version} ${scope}`)).toEqual([
    'b 1.0.0 required',
    'a 1.0.0 required',
    'c 1.0.0 required',
    'c 2.0.0 required',
    'd 1.0.0 optional',
    'native 1.0.0 optional',
  ]);
});

test('says what is wrong where the lockfile lacks what something needs', () => {
  const asked = { name: 'app', version: '1.0.0', dependencies: { a: '1' } };
  expect(() => bomOf(asked, lock({}), () => 'MIT')).toThrow(
    /bun\.lock has no a, which package\.json needs: run bun install/,
  );
});

test('no package may run scripts when it is installed, and every install goes by the lockfile', () => {
  expect(readJson('../../package.json').trustedDependencies).toEqual([]);
  const installs = ['Dockerfile', 'scripts/install.ts', '.ci/run'].flatMap((name) =>
    readFileSync(join(root, name), 'utf8')
      .split('\n')
      .filter((line) =>
        /\b(bun|npm|pnpm|yarn)\s+(install|i|ci|add)\b|process\.execPath, 'install'/.test(line),
      )
      .filter((line) => !line.includes('`bun install`')),
  );
  expect(installs.length).toBeGreaterThan(1);
  for (const line of installs) expect(line).toContain('--frozen-lockfile');
});

test('bun run sbom writes it, and without a file prints it', async () => {
  const run = async (...words: readonly string[]): Promise<string> => {
    const command = ['scripts/run.ts', 'scripts/sbom.ts', ...words];
    const child = Bun.spawn([process.execPath, ...command], { cwd: root, stdout: 'pipe', stderr: 'inherit' });
    const said = await child.stdout.text();
    expect(await child.exited).toBe(0);
    return said;
  };
  const file = join(mkdtempSync(join(tmpdir(), 'requite-sbom-')), 'bom.json');
  const printed = await run();
  expect(JSON.parse(printed)).toMatchObject({ bomFormat: 'CycloneDX', specVersion: '1.6' });
  expect(await run(file)).toBe('');
  expect(readFileSync(file, 'utf8')).toBe(printed);
});
