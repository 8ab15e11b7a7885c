// One flush for many files: each fsync of its own waits for the disk, and one after the other they are most of what a file costs.
import { execFile } from 'node:child_process';
import { open } from 'node:fs/promises';
import { concurrently } from './host/concurrently.ts';

/** Fewer files are flushed each by itself, which is sooner done than a flush of the whole file system. */
const MANY = 16;
/** So many files are flushed at once where each needs a flush of its own. */
const FLUSHES_AT_ONCE = 16;

/**
 * Makes the bytes of these files durable, all of them in one directory: many by a flush of its file system (syncfs, through
 * `sync -f` of coreutils) where there is one, which tells of failed writes since Linux 5.8; else by an fsync of
 * each.
 * Rejects with the system's error.
 */
export async function flushFiles(directory: string, paths: readonly string[]): Promise<void> {
  // also where the command fails: an fsync of each then says what is wrong, and with which file
  if (paths.length >= MANY && process.platform === 'linux' && (await flushFileSystem(directory))) return;
  await concurrently(paths, FLUSHES_AT_ONCE, flushFile);
}

function flushFileSystem(directory: string): Promise<boolean> {
  return new Promise((resolve) => {
    execFile('sync', ['-f', '--', directory], (error) => resolve(error === null));
  });
}

/** Flushes one file, or the names in a directory. Rejects with the system's error. */
export async function flushFile(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
