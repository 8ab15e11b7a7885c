/**
 * Where the other runtimes are. Deno's and workerd's npm packages put their binary in place with an install
 * script; those don't run here, so the package for this platform is looked up directly.
 */
import { createRequire } from 'node:module';
import path from 'node:path';

const platform = `${process.platform}-${process.arch}`;
const exe = process.platform === 'win32' ? '.exe' : '';

function inPackage(parent: string, name: string, file: string): string {
  const require = createRequire(createRequire(import.meta.path).resolve(`${parent}/package.json`));
  return path.join(path.dirname(require.resolve(`${name}/package.json`)), file);
}

export function denoBinary(): string {
  const name = process.platform === 'linux' ? `${platform}-glibc` : platform;
  return inPackage('deno', `@deno/${name}`, `deno${exe}`);
}

export function workerdBinary(): string {
  const name = platform.replace('win32', 'windows').replace('x64', '64');
  return inPackage('workerd', `@cloudflare/workerd-${name}`, `bin/workerd${exe}`);
}

const oldestNode = 20;

/** Node from the PATH, or why there is none to test with. Never Bun's stand-in for it. */
export function nodeBinary(): { path: string } | { missing: string } {
  const found = Bun.which('node');
  if (found === null) return { missing: 'there is no `node` on the PATH' };
  const said = Bun.spawnSync([found, '-p', 'process.versions.bun ?? process.versions.node']);
  const version = said.stdout.toString().trim();
  if (Number.parseInt(version, 10) >= oldestNode) return { path: found };
  return { missing: `${found} says that it is ${version || 'nothing'}; the core needs Node ${oldestNode}` };
}
