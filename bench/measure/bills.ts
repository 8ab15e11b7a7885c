import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pause } from '../../services/platform/pause.ts';
import { BenchFailure } from './failure.ts';

const LOOK_EVERY_MS = 100;
const STALLED_MS = 60_000;
/** While so many are not there yet it looks for no more: to look costs the machine that writes them. */
const AWAITED_AT_ONCE = 1_000;

/**
 * When each of `count` bills' files was there, in milliseconds since 1970: the file's ctime, which the kernel sets
 * when the file gets its name. It looks only afterwards, and so does not disturb what it measures. Waits for files
 * that are not there yet; throws `BenchFailure` where they don't come.
 */
export async function filesWritten(
  directory: string,
  count: number,
  workflowIdAt: (at: number) => string,
  assertAlive: () => void,
): Promise<Float64Array> {
  const times = new Float64Array(count);
  const isThere = (at: number): boolean => {
    const found = statSync(join(directory, `${workflowIdAt(at)}.txt`), { throwIfNoEntry: false });
    times[at] = found?.ctimeMs ?? 0;
    return found !== undefined;
  };
  let awaited: readonly number[] = [];
  let next = 0;
  let lastNews = performance.now();
  for (;;) {
    assertAlive();
    const missing = awaited.filter((at) => !isThere(at));
    const before = next;
    for (; next < count && missing.length < AWAITED_AT_ONCE; next++) if (!isThere(next)) missing.push(next);
    if (missing.length === 0) return times;
    if (missing.length !== awaited.length || next !== before) lastNews = performance.now();
    awaited = missing;
    if (performance.now() - lastNews > STALLED_MS)
      throw new BenchFailure(
        `${missing.length + count - next} of ${count} bills have no file after ${STALLED_MS / 1000} s`,
      );
    await pause(LOOK_EVERY_MS);
  }
}

/** Throws `BenchFailure` where bills were written though none were asked for: then what was measured is not what is named. */
export function assertNoFiles(directory: string): void {
  const [first] = readdirSync(directory).filter((name) => name.endsWith('.txt'));
  if (first !== undefined)
    throw new BenchFailure(
      `bills were written (${first}) though BILL_FILES=off: the engine does not heed it`,
    );
}
