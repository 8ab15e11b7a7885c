/** A disk that a test can fill: a small tmpfs of its own, or, where this user can't mount one, a limit of file sizes. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface SmallDisk {
  readonly directory: string;
  /** Whether only what is in the directory is concerned, and not everything that the processes write. */
  readonly isApart: boolean;
  /** For these processes, by default this one. */
  fill(processIds?: readonly number[]): void;
  free(processIds?: readonly number[]): void;
  remove(): void;
}

const MIB = 1024 * 1024;
const FILLER = 'filler';

/** How a disk is filled here, for the names of tests. */
export const diskFault: string = canMount()
  ? 'a tmpfs without room'
  : 'a limit of file sizes (this user can mount no tmpfs)';

export function smallDisk(mib: number): SmallDisk {
  const directory = mkdtempSync(join(tmpdir(), 'requite-disk-'));
  return canMount() ? onTmpfs(directory, mib) : underLimit(directory);
}

function onTmpfs(directory: string, mib: number): SmallDisk {
  run('mount', '-t', 'tmpfs', '-o', `size=${mib}m`, 'tmpfs', directory);
  return {
    directory,
    isApart: true,
    fill: () => fill(join(directory, FILLER)),
    free: () => rmSync(join(directory, FILLER), { force: true }),
    remove: () => {
      run('umount', '--lazy', directory);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** No file of these processes can grow beyond a byte: the system calls fail as on a full disk, with another code. */
function underLimit(directory: string): SmallDisk {
  return {
    directory,
    isApart: false,
    fill: (processIds = [process.pid]) => limitFiles(processIds, '1'),
    free: (processIds = [process.pid]) => limitFiles(processIds, 'unlimited'),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** No file of these processes can grow beyond so many bytes from now on; what is larger can be read. */
export function limitFiles(processIds: readonly number[], bytes: '1' | 'unlimited'): void {
  for (const id of processIds) run('prlimit', '--pid', String(id), `--fsize=${bytes}:`);
}

/** Large pieces first, so that not even a byte is left. */
function fill(file: string): void {
  for (const bytes of [MIB, 65_536, 4_096, 1])
    for (;;) {
      try {
        appendFileSync(file, new Uint8Array(bytes));
      } catch (error) {
        // what the filling is for: that there is no more room
        if ((error as { code?: string }).code === 'ENOSPC') break;
        throw error;
      }
    }
}

function canMount(): boolean {
  if (process.getuid?.() !== 0 || Bun.which('mount') === null) return false;
  const probe = mkdtempSync(join(tmpdir(), 'requite-disk-'));
  try {
    run('mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', probe);
    run('umount', probe);
    return true;
  } catch {
    // root in a container that may not mount
    return false;
  } finally {
    rmSync(probe, { recursive: true, force: true });
  }
}

function run(command: string, ...args: readonly string[]): void {
  execFileSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
