/**
 * The core's tests as one program for a runtime: an entry that imports every test of test/core and reports, and
 * that program bundled for runtimes that read no TypeScript.
 */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export const root = path.resolve(import.meta.dir, '../..');

/** `main` reports when it is loaded; `worker` waits for `workerd test` to ask. */
export type Shape = 'main' | 'worker';

/** A folder for what is generated, inside the checkout so that packages are found from there. */
export function workFolder(): string {
  const parent = path.join(root, '.tmp');
  mkdirSync(parent, { recursive: true });
  return mkdtempSync(path.join(parent, 'runtimes-'));
}

/** Writes the entry and returns its path. */
export function writeEntry(folder: string, runtime: string, shape: Shape): string {
  const tests = [...new Bun.Glob('test/core/**/*.test.ts').scanSync(root)].sort();
  if (tests.length === 0) throw new Error('There is no test in test/core.');
  const from = (file: string): string => JSON.stringify(path.relative(folder, path.join(root, file)));
  const say = `console.log(mark + JSON.stringify(await report(${JSON.stringify(runtime)}, cases)));`;
  const entry = path.join(folder, `${runtime}.ts`);
  writeFileSync(
    entry,
    [
      `import ${from('test/runtimes/collect.ts')};`,
      `import { cases } from ${from('test/harness.ts')};`,
      `import { mark, report } from ${from('test/runtimes/report.ts')};`,
      ...tests.map((file) => `import ${from(file)};`),
      shape === 'main' ? say : `export default { async test() { ${say} } };`,
      '',
    ].join('\n'),
  );
  return entry;
}

/**
 * Bundles the entry into one ES module; only `node:` modules stay outside. The package says that it has no side
 * effects, which is true of the core and false of tests: the bundler must not act on it.
 */
export async function bundle(entry: string): Promise<string> {
  const result = await Bun.build({
    entrypoints: [entry],
    target: 'node',
    format: 'esm',
    throw: true,
    ignoreDCEAnnotations: true,
  });
  const [output] = result.outputs;
  if (output === undefined) throw new Error(`Bundling ${entry} gave nothing.`);
  const file = entry.replace(/\.ts$/, '.mjs');
  await Bun.write(file, output);
  return file;
}
