import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { lockIsHeld } from './sqlite-lock.ts';
import { until } from './until.ts';

/** How long a write of those that are not frozen may take: whoever keeps the log longer is taken for the frozen one. */
const OTHERS_WRITE_MS = 250;

/**
 * Stops a process by SIGSTOP, though never in the midst of a write to the embedded log, which would stop the log for
 * all. Where `directory` has no embedded log, or there is no directory, it is stopped wherever it is.
 */
export async function freezeOutsideWrites(
  directory: string | undefined,
  signal: (name: 'SIGSTOP' | 'SIGCONT') => void,
): Promise<void> {
  await until('the process to be frozen and the log not', () => {
    signal('SIGSTOP');
    const isFree = directory === undefined || isWritable(directory);
    if (!isFree) signal('SIGCONT'); // it holds the log: it goes on, and is stopped elsewhere
    return isFree;
  });
}

function isWritable(directory: string): boolean {
  const file = join(directory, 'requite.db');
  return !existsSync(file) || !lockIsHeld(file, OTHERS_WRITE_MS);
}
