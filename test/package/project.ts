/**
 * The package as a user gets it: built, packed, and unpacked into an empty project. Its dependencies are links
 * to the ones installed here, and only those that package.json names, so that a forgotten one is missed.
 */
import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = path.resolve(import.meta.dir, '../..');

export interface Manifest {
  name: string;
  version: string;
  private?: boolean;
  bin: { requite: string };
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
}

export const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as Manifest;

export interface Output {
  exitCode: number;
  stdout: string;
  /** Both streams, for a message. */
  all: string;
}

export function run(command: string[], cwd = root, env: Record<string, string> = {}): Output {
  const result = Bun.spawnSync(command, {
    cwd,
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdin: 'ignore',
  });
  const [stdout, stderr] = [result.stdout.toString(), result.stderr.toString()];
  return { exitCode: result.exitCode, stdout, all: stdout + stderr };
}

function mustRun(command: string[], cwd?: string): Output {
  const output = run(command, cwd);
  if (output.exitCode !== 0)
    throw new Error(`${command.join(' ')} failed (${output.exitCode}):\n${output.all}`);
  return output;
}

export const emptyFolder = (): string => mkdtempSync(path.join(tmpdir(), 'requite-package-'));

/** Builds and packs into the folder; returns the tarball. */
export function pack(folder: string): string {
  mustRun([process.execPath, 'scripts/build.ts']);
  mustRun([process.execPath, 'pm', 'pack', '--ignore-scripts', '--destination', folder]);
  return path.join(folder, `${manifest.name}-${manifest.version}.tgz`);
}

/** The files of a tarball, as the package has them. */
export function filesOf(tarball: string): string[] {
  const { stdout } = mustRun(['tar', '-tzf', tarball]);
  return stdout
    .trim()
    .split('\n')
    .map((file) => file.replace(/^package\//, ''));
}

/** Makes the folder a project that has the package installed. */
export function install(folder: string, tarball: string): void {
  const packages = path.join(folder, 'node_modules');
  const ours = path.join(packages, manifest.name);
  mkdirSync(ours, { recursive: true });
  mustRun(['tar', '-xzf', tarball, '--strip-components=1', '-C', ours]);
  for (const name of Object.keys(manifest.dependencies)) {
    mkdirSync(path.dirname(path.join(packages, name)), { recursive: true });
    symlinkSync(path.join(root, 'node_modules', name), path.join(packages, name));
  }
  const dependencies = { [manifest.name]: manifest.version };
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ type: 'module', dependencies }));
}
