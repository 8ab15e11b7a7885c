import { readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { errorCode } from '../../store/sqlite/errors.ts';

/** Names the set of processes among which process ids mean the same: a container has one of its own. */
export const PID_SPACE: string = pidSpace();

function pidSpace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return hostname(); // No /proc, so not Linux: no process id namespaces either.
  }
}

/** Whether a process is gone for certain. One of another container is never said to be. */
export function isGone(pid: number, space: string): boolean {
  if (space !== PID_SPACE) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return errorCode(error) === 'ESRCH'; // Any other error (EPERM) means that there is such a process.
  }
}
