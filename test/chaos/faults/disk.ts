import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Fault } from '../lanes.ts';

const FULL_MS = 4_000;
const BALLAST = '.chaos-ballast';
const STEPS = [1_048_576, 4_096, 1] as const;

/** A small file system in memory, mounted on a directory. */
export interface SmallDisk {
  readonly directory: string;
  unmount(): void;
}

/** Mounts one of so many bytes, or says why that can't be done here. */
export function mountSmallDisk(directory: string, bytes: number): SmallDisk | { readonly off: string } {
  mkdirSync(directory, { recursive: true });
  if (process.platform !== 'linux') return { off: 'only Linux has the small file system that it fills' };
  const { status, stderr, error } = spawnSync(
    'mount',
    ['-t', 'tmpfs', '-o', `size=${bytes},nr_inodes=0,mode=755`, 'none', directory],
    { encoding: 'utf8' },
  );
  if (status !== 0)
    return { off: `no small file system can be mounted here: ${(error?.message ?? stderr).trim()}` };
  // lazily: a process that is just being killed may still have a file open
  return { directory, unmount: () => void spawnSync('umount', ['-l', directory]) };
}

/** Fills the disk to its last byte, and some time later makes room again. */
export function fillingDisk({ directory }: SmallDisk): Fault {
  return {
    kind: 'disk',
    restMs: [3_000, 8_000],
    isCalm: true,
    inject: async ({ below }) => {
      const fullMs = 1_000 + below(FULL_MS);
      const file = join(directory, BALLAST);
      try {
        const written = fill(file);
        await Bun.sleep(fullMs);
        const isStillFull = fill(`${file}-2`) === 0;
        const proof = isStillFull ? `no room for a byte after ${written} of ours, then and in the end` : null;
        return { what: `the disk of the bills full for ${fullMs} ms`, proof };
      } finally {
        rmSync(file, { force: true });
        rmSync(`${file}-2`, { force: true });
      }
    },
  };
}

/** Writes until there is no room; gives how many bytes there was room for. Throws for any other trouble. */
function fill(file: string): number {
  const handle = openSync(file, 'w');
  let written = 0;
  try {
    for (const size of STEPS) {
      const block = new Uint8Array(size);
      while (hasRoomFor(handle, block)) written += size;
    }
    return written;
  } finally {
    closeSync(handle);
  }
}

function hasRoomFor(handle: number, block: Uint8Array): boolean {
  try {
    return writeSync(handle, block) === block.length;
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOSPC') return false;
    throw error;
  }
}
