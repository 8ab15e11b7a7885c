/** Things that are fetched or built once for a checkout, in its ignored `.tmp/`. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { isAlive } from '../broker/workspace.ts';

export const root = path.resolve(import.meta.dirname, '../..');
const store = path.join(root, '.tmp');

/**
 * The folder `.tmp/<name>`, made by `make` where it is missing. Of processes that start at once one makes it; it is
 * either complete or not there.
 */
export async function madeOnce(name: string, make: (folder: string) => Promise<void>): Promise<string> {
  const folder = path.join(store, name);
  const lock = `${folder}.lock`;
  mkdirSync(store, { recursive: true });
  while (!existsSync(folder)) {
    if (!take(lock)) {
      await Bun.sleep(200);
      continue;
    }
    try {
      if (!existsSync(folder)) await makeBeside(folder, make);
    } finally {
      rmSync(lock, { force: true });
    }
  }
  return folder;
}

async function makeBeside(folder: string, make: (folder: string) => Promise<void>): Promise<void> {
  const building = mkdtempSync(`${folder}.making-`);
  try {
    await make(building);
    renameSync(building, folder);
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
}

/** False while a live process has the lock. */
function take(lock: string): boolean {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    // another has it, or died with it
  }
  try {
    const isEmptyYet = Date.now() - statSync(lock).mtimeMs < 1_000;
    if (!isEmptyYet && !isAlive(Number(readFileSync(lock, 'utf8')))) rmSync(lock, { force: true });
  } catch {
    // released in between: the next attempt sees
  }
  return false;
}

/** Runs a command to its end; throws with all that it said where it fails. */
export async function run(
  command: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const child = Bun.spawn([...command], {
    cwd,
    env: { ...process.env, ...env },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  if (child.exitCode !== 0)
    throw new Error(`${command.join(' ')} failed (${child.exitCode}):\n${(stdout + stderr).slice(-8_000)}`);
  return stdout;
}
