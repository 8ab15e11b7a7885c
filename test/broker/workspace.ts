/**
 * A temporary directory whose processes and files end with this process, however it ends. A shell of its own session
 * reads from a pipe that only we hold: when we are gone, also by kill -9, it reads the end, kills what the
 * directory's `*.pid` files name, and removes the directory.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const prefix = 'requite-broker-';
const staleMs = 24 * 3_600_000;

/**
 * Renames first: a process that is only just starting can then no longer write its pid file, and so doesn't start.
 * Removes both names when all are gone, as a broker that is being killed may make its directory again.
 */
const watch = `
trap '' HUP INT TERM
while read -r line; do :; done
mv "$1" "$1.ended"
pids=$(cat "$1.ended"/*.pid)
for wait in 1 2 3 4 5 6 7 8 9 10; do
  [ -n "$pids" ] && kill -9 $pids || break
  sleep 0.05
done
rm -rf "$1.ended" "$1"
`;

const launch = 'echo $$ > "$1" && shift && exec "$@"';

export interface Workspace {
  readonly directory: string;
  /** Starts a program in the directory, with its output in `<name>.log`; this process may exit before it does. */
  spawn(name: string, command: readonly string[]): ChildProcess;
  /** Kills what still runs and removes the directory. */
  remove(): Promise<void>;
}

export function openWorkspace(): Workspace {
  sweep();
  const directory = mkdtempSync(join(tmpdir(), `${prefix}${process.pid}-`));
  const watchdog = spawn('sh', ['-c', watch, 'sh', directory], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  letGo(watchdog);
  const ended = once(watchdog, 'exit');
  return {
    directory,
    spawn: (name, command) => {
      const log = openSync(join(directory, `${name}.log`), 'a');
      const pidFile = join(directory, `${name}.pid`);
      const child = spawn('sh', ['-c', launch, 'sh', pidFile, ...command], {
        cwd: directory,
        detached: true, // Ctrl-C in the terminal ends us, not it: the watchdog does that.
        stdio: ['ignore', log, log],
      });
      closeSync(log);
      child.once('exit', () => rmSync(pidFile, { force: true })); // Its number may soon be another's.
      letGo(child);
      return child;
    },
    remove: async () => {
      watchdog.ref();
      watchdog.stdin?.end();
      await ended;
    },
  };
}

function letGo(child: ChildProcess): void {
  child.unref();
  const pipe: unknown = child.stdin;
  if (typeof pipe === 'object' && pipe !== null && 'unref' in pipe && typeof pipe.unref === 'function')
    pipe.unref();
}

/** What a crash of the whole machine left behind: a day old, and its process gone. */
function sweep(): void {
  for (const name of readdirSync(tmpdir())) {
    const owner = Number.parseInt(name.slice(prefix.length), 10);
    if (!name.startsWith(prefix) || Number.isNaN(owner) || isAlive(owner)) continue;
    const directory = join(tmpdir(), name);
    try {
      if (Date.now() - statSync(directory).mtimeMs > staleMs) rmSync(directory, { recursive: true });
    } catch {
      // Another user's, or another process sweeps it at this moment: either way it is not ours to remove.
    }
  }
}

/** Whether a process of this number runs, whoever's it is. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
