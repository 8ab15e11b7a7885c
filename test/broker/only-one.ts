import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { isAlive } from './workspace.ts';

/**
 * Has work done by one of the processes that want it at this moment, while the others wait. A lock of a dead process
 * is taken over; should two ever hold it, both do the work, so that it must end in a rename.
 */
export async function onlyOne(lock: string, isDone: () => boolean, work: () => Promise<void>): Promise<void> {
  while (!isDone()) {
    if (!take(lock)) {
      await Bun.sleep(100);
      continue;
    }
    try {
      if (!isDone()) await work();
    } finally {
      rmSync(lock, { force: true });
    }
  }
}

function take(lock: string): boolean {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  try {
    const mayBeEmptyYet = Date.now() - statSync(lock).mtimeMs < 1_000;
    if (!mayBeEmptyYet && !isAlive(Number(readFileSync(lock, 'utf8')))) rmSync(lock, { force: true });
  } catch {
    // Released in between: the next attempt sees.
  }
  return false;
}
