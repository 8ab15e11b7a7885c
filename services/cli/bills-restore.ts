import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { restoreBills } from '../engine/restore.ts';
import { openBacking } from '../platform/backing.ts';
import { readSettings } from '../platform/config.ts';
import { EXIT, type Surroundings } from './command.ts';
import { ProgressLine } from './progress.ts';

/** Carries out `bills restore`, whose options were read. */
export async function restore(json: boolean, surroundings: Surroundings): Promise<number> {
  const { environment, out, err, onTerminal } = surroundings;
  const settings = readSettings(environment, onTerminal.out);
  if (settings.kafka === null && !existsSync(join(settings.dataDir, 'requite.db'))) {
    err(`There is no log in ${settings.dataDir}: set DATA_DIR to where the services keep theirs.\n`);
    return EXIT.notReached;
  }
  const backing = await openBacking(settings);
  const line = new ProgressLine(surroundings);
  const begun = performance.now();
  const onProgress = (done: number, total: number): void => {
    const rate = done / Math.max(0.001, (performance.now() - begun) / 1_000);
    if (done > 0) line.show({ done, total, unit: 'records', rate, secondsLeft: (total - done) / rate });
  };
  const onConflict = (workflowId: string): void =>
    line.remark(`differs from the log, left as it is: ${workflowId}`);
  try {
    const counts = await restoreBills(backing, settings.billsDir, onConflict, onProgress);
    line.end();
    const { written, unchanged, conflict, refused } = counts;
    const text = `${written} restored, ${unchanged} there already, ${conflict} differ, ${refused} can't be rendered here`;
    out(json ? `${JSON.stringify(counts)}\n` : `${settings.billsDir}: ${text}\n`);
    return conflict + refused === 0 ? EXIT.done : EXIT.failed;
  } finally {
    await backing.close();
  }
}
