/**
 * Passes on a stop that npx swallows.
 *
 * `bun run` hands SIGTERM and SIGINT on to its script. npx does not: it puts a shell in between (npx → sh →
 * `bun run` → this), sends the signal to that shell only, and where the shell is dash (Debian, Ubuntu) dash dies
 * alone and leaves the script running with nobody above. So under npx, watch whether `bun run` still
 * has the parent that it started with, and take its loss for the SIGTERM that it was.
 */
import { readFileSync } from 'node:fs';

const lookEveryMs = 250;

/** The parent of a process; undefined where there is no /proc (there sh replaces itself and passes signals on). */
function parentOf(pid: number): string | undefined {
  try {
    return /^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  } catch {
    return undefined; // The process is gone, or the system has no /proc.
  }
}

export function stopWithNpx(): void {
  if (!process.env.npm_config_user_agent?.startsWith('npm/')) return;
  const bunRun = process.ppid;
  const shell = parentOf(bunRun);
  if (shell === undefined) return;
  const timer = setInterval(() => {
    if (parentOf(bunRun) === shell) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, lookEveryMs);
  timer.unref();
}
