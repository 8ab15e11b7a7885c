/** Node as the host needs it: the one on the PATH if it is new enough, else one from the npm registry. */
import { spawnSync } from 'node:child_process';
import { existsSync, realpathSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { madeOnce, run } from './once.ts';

const VERSION = '22.23.3';
/** The oldest that `requite/node` runs on, as @platformatic/kafka does. */
const OLDEST = [22, 22] as const;

export interface NodeRuntime {
  /** The program. */
  readonly path: string;
  /** The version of its interface for addons. */
  readonly abi: string;
  /** The folder that has `include/node`, for building addons; null where it has none. */
  readonly headers: string | null;
}

let found: Promise<NodeRuntime> | null = null;

/** Throws, with what the package manager said, where it can't be had. */
export function nodeRuntime(): Promise<NodeRuntime> {
  found ??= find();
  return found;
}

async function find(): Promise<NodeRuntime> {
  const onPath = Bun.which('node');
  if (onPath !== null && isNewEnough(onPath)) return describe(realpathSync(onPath));
  const name = `node-${process.platform}-${process.arch}`;
  const folder = await madeOnce(`${name}-${VERSION}`, async (making) => {
    writeFileSync(path.join(making, 'package.json'), JSON.stringify({ dependencies: { [name]: VERSION } }));
    await run([process.execPath, 'install', '--ignore-scripts', '--no-save'], making);
  });
  return describe(path.join(folder, 'node_modules', name, 'bin/node'));
}

function isNewEnough(node: string): boolean {
  // never Bun's stand-in for it
  const version = ask(node, 'process.versions.bun === undefined ? process.versions.node : "0.0"');
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}

function describe(node: string): NodeRuntime {
  const prefix = path.resolve(path.dirname(node), '..');
  const headers = existsSync(path.join(prefix, 'include/node/node.h')) ? prefix : null;
  return { path: node, abi: ask(node, 'process.versions.modules'), headers };
}

function ask(node: string, expression: string): string {
  return spawnSync(node, ['-p', expression], { encoding: 'utf8' }).stdout?.trim() ?? '';
}
