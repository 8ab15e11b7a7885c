/**
 * Brings node_modules in line with bun.lock, and remembers that it did.
 *
 * The note of it lies inside node_modules, so that removing the folder removes the note. An install that was
 * cut off leaves no note. One process installs at a time; others wait for it.
 */
import { Database } from 'bun:sqlite';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

type Mode = 'dev' | 'production';
const waitLimitMs = 15 * 60_000;
const notePath = (root: string): string => path.join(root, 'node_modules', '.requite-installed');

interface Note {
  lock: string;
  mode: Mode;
}

function lockHash(root: string): string {
  const hash = createHash('sha256');
  for (const name of ['bun.lock', 'package.json']) hash.update(readFileSync(path.join(root, name)));
  return `${process.platform}-${process.arch}-${hash.digest('hex')}`;
}

function readNote(root: string): Note | undefined {
  if (!existsSync(notePath(root))) return undefined;
  const [lock = '', mode] = readFileSync(notePath(root), 'utf8').trim().split(' ');
  return { lock, mode: mode === 'dev' ? 'dev' : 'production' };
}

/** Which packages are there as bun.lock has them: all, those for production, or (undefined) not to be relied on. */
export function installedMode(root: string): Mode | undefined {
  const note = readNote(root);
  return note?.lock === lockHash(root) ? note.mode : undefined;
}

/** Installs under a lock. False when it failed; then the reason has been printed. */
export function installPackages(root: string, dev: boolean): boolean {
  const release = lock(root);
  try {
    const there = installedMode(root);
    if (there === 'dev' || (there === 'production' && !dev)) return true;
    return install(root, dev || readNote(root)?.mode === 'dev' ? 'dev' : 'production');
  } finally {
    release();
  }
}

function install(root: string, mode: Mode): boolean {
  const first = !existsSync(path.join(root, 'node_modules'));
  console.error(
    first
      ? 'Installing packages from bun.lock (first run only) …'
      : 'Bringing node_modules in line with bun.lock …',
  );
  rmSync(notePath(root), { force: true });
  const flags = mode === 'dev' ? [] : ['--production'];
  const result = Bun.spawnSync([process.execPath, 'install', '--frozen-lockfile', ...flags], {
    cwd: root,
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  });
  if (result.exitCode !== 0) {
    console.error(`${result.stdout}${result.stderr}`.trim());
    console.error(
      `\nInstalling the packages failed (exit code ${result.exitCode}); bun's output is above. The npm registry must be ` +
        'reachable the first time. If it says that the lockfile is out of step, run `bun install` and look at what ' +
        'changed. Otherwise remove node_modules and start again.',
    );
    return false;
  }
  writeFileSync(notePath(root), `${lockHash(root)} ${mode}\n`);
  return true;
}

/** SQLite's lock on a file: the system drops it when its holder dies, however it dies. */
function lock(root: string): () => void {
  const folder = path.join(root, '.tmp');
  mkdirSync(folder, { recursive: true });
  const database = new Database(path.join(folder, 'install.lock'));
  try {
    database.run('BEGIN EXCLUSIVE');
  } catch {
    // Another start holds it: say so, then wait.
    console.error('Another start is installing the packages; waiting for it …');
    database.run(`PRAGMA busy_timeout = ${waitLimitMs}`);
    database.run('BEGIN EXCLUSIVE');
  }
  return () => database.close();
}
