/** A program of ours as one file for a runtime that reads no TypeScript; packages stay outside. */
import { mkdirSync, mkdtempSync } from 'node:fs';
import path from 'node:path';
import type { BunPlugin } from 'bun';

const root = path.resolve(import.meta.dirname, '../..');

/** A folder inside the checkout, so that packages are found from there. */
export function workFolder(inside: string = path.join(root, '.tmp')): string {
  mkdirSync(inside, { recursive: true });
  return mkdtempSync(path.join(inside, 'librdkafka-'));
}

const runnerForBunTest: BunPlugin = {
  name: 'runner for bun:test',
  setup: (build) => {
    build.onResolve({ filter: /^bun:test$/ }, () => ({ path: path.join(import.meta.dirname, 'runner.ts') }));
  },
};

export async function bundle(entry: string, folder: string): Promise<string> {
  const { outputs } = await Bun.build({
    entrypoints: [entry],
    target: 'node',
    format: 'esm',
    packages: 'external',
    external: ['bun', 'bun:sqlite'],
    plugins: [runnerForBunTest],
    throw: true,
    ignoreDCEAnnotations: true,
  });
  const [output] = outputs;
  if (output === undefined) throw new Error(`Bundling ${entry} gave nothing.`);
  const file = path.join(folder, `${path.basename(entry, '.ts')}.mjs`);
  await Bun.write(file, output);
  return file;
}
