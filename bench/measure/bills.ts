import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pause } from '../../services/platform/pause.ts';
import { BenchFailure } from './completions.ts';

const LOOK_EVERY_MS = 100;
const STALLED_MS = 60_000;

/**
 * When each bill's file was there, in milliseconds since 1970, by workflow-id: the file's ctime, which the kernel sets
 * when the file gets its name. It looks only afterwards, and so does not disturb what it measures. Waits for files
 * that are not there yet; throws `BenchFailure` where they don't come.
 */
export async function filesWritten(
  directory: string,
  workflowIds: readonly string[],
  assertAlive: () => void,
): Promise<ReadonlyMap<string, number>> {
  let lastCount = -1;
  let lastNews = performance.now();
  for (;;) {
    assertAlive();
    const there = new Set(readdirSync(directory));
    const missing = workflowIds.filter((id) => !there.has(`${id}.txt`)).length;
    if (missing === 0) break;
    if (missing !== lastCount) lastNews = performance.now();
    lastCount = missing;
    if (performance.now() - lastNews > STALLED_MS)
      throw new BenchFailure(
        `${missing} of ${workflowIds.length} bills have no file after ${STALLED_MS / 1000} s`,
      );
    await pause(LOOK_EVERY_MS);
  }
  return new Map(workflowIds.map((id) => [id, statSync(join(directory, `${id}.txt`)).ctimeMs]));
}

/** Throws `BenchFailure` where bills were written though none were asked for: then what was measured is not what is named. */
export function assertNoFiles(directory: string): void {
  const [first] = readdirSync(directory).filter((name) => name.endsWith('.txt'));
  if (first !== undefined)
    throw new BenchFailure(
      `bills were written (${first}) though BILL_FILES=off: the engine does not heed it`,
    );
}
