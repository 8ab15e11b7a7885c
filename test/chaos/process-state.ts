import { readFileSync } from 'node:fs';

/** What the system says of a process: `running` (or asleep), `stopped` by a signal, or `gone`. */
export type ProcessState = 'running' | 'stopped' | 'gone';

/** By /proc where there is one, which tells stopped from running; else by whether a signal could be sent. */
export function stateOf(pid: number): ProcessState {
  try {
    if (process.platform !== 'linux') {
      process.kill(pid, 0);
      return 'running';
    }
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // the name before it, in brackets, may have brackets and blanks of its own
    const state = stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
    if (state === 'T' || state === 't') return 'stopped';
    return state === 'Z' || state === 'X' ? 'gone' : 'running';
  } catch {
    return 'gone'; // there is no process of this number
  }
}
