// Whether a directory can be written to, has room, and keeps what is flushed.
import { existsSync, statSync } from 'node:fs';
import { open, rm, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Check, failure, ok, reasonOf, warning } from './check.ts';

const MIB = 1024 * 1024;
const LITTLE_ROOM = 64 * MIB;
const ENOUGH_ROOM = 1024 * MIB;
/** Each unit of work waits for one: with this, some twenty a second. */
const SLOW_FLUSH_MS = 50;
const FLUSHES = 3;

/** Writes a small file, flushes it and removes it again; where the directory is not there yet, beside it. */
export async function checkDirectory(
  name: string,
  directory: string,
  variable: string,
): Promise<readonly Check[]> {
  const nearest = existing(directory);
  const fix = `Set ${variable} to a directory that this user can write to, or give it the right.`;
  if (!statSync(nearest).isDirectory()) return [failure(name, `${nearest} is a file`, fix)];
  const file = join(nearest, `.requite-doctor-${crypto.randomUUID()}`);
  try {
    const flushMs = await writeFlushed(file);
    const made = nearest === directory ? directory : `${directory}, to be made in ${nearest}`;
    return [
      ok(name, `${made} can be written to`),
      await checkRoom(name, nearest, variable),
      flushing(name, flushMs),
    ];
  } catch (error) {
    // what the system says of it is what is wrong
    if (codeOf(error) === 'ENOSPC')
      return [failure(name, `${nearest} is full`, `Make room there, or set ${variable} to another disk.`)];
    return [failure(name, `${directory} can't be written to: ${reasonOf(error).split(', open ')[0]}`, fix)];
  } finally {
    await rm(file, { force: true }).catch(() => {}); // where it could not be made, it need not be removed
  }
}

const codeOf = (error: unknown): unknown => (error as { code?: unknown } | null)?.code;

/** The directory, or what there is of the way to it. */
function existing(directory: string): string {
  for (let at = directory; ; at = dirname(at)) if (existsSync(at) || dirname(at) === at) return at;
}

/** How long a flush takes at best, in milliseconds: others may be busy with the same disk. */
async function writeFlushed(file: string): Promise<number> {
  const handle = await open(file, 'wx');
  try {
    let shortest = Number.POSITIVE_INFINITY;
    for (let round = 0; round < FLUSHES; round++) {
      await handle.write(new Uint8Array(4096));
      const begun = performance.now();
      await handle.sync();
      shortest = Math.min(shortest, performance.now() - begun);
    }
    return shortest;
  } finally {
    await handle.close();
  }
}

async function checkRoom(name: string, directory: string, variable: string): Promise<Check> {
  const { bavail, bsize } = await statfs(directory);
  const free = bavail * bsize;
  const detail = `${(free / MIB / 1024).toFixed(1)} GiB free`;
  const fix = `Make room there, or set ${variable} to another disk: a full one stops the services until there is room.`;
  if (free < LITTLE_ROOM) return failure(`${name}, room`, detail, fix);
  return free < ENOUGH_ROOM ? warning(`${name}, room`, detail, fix) : ok(`${name}, room`, detail);
}

function flushing(name: string, ms: number): Check {
  const detail = `fsync takes ${ms.toFixed(1)} ms`;
  if (ms <= SLOW_FLUSH_MS) return ok(`${name}, flushing`, detail);
  const fix =
    'Work that is kept here waits for it each time: take a faster disk, or name a broker with BROKERS.';
  return warning(`${name}, flushing`, detail, fix);
}
