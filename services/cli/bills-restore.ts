import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { restoreBills } from '../engine/restore.ts';
import { openBacking } from '../platform/backing.ts';
import { logSettingsHelp, readSettings } from '../platform/config.ts';
import { asCalled, EXIT, type Surroundings } from './command.ts';

const usage = `Usage: bun run bills restore

Writes every bill of the log that has no file in BILLS_DIR. Files that are there are compared, never changed.

${logSettingsHelp('BILLS_DIR')}
`;

/** Carries out `bills restore`. */
export async function restore(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const { environment, called, out, err, onTerminal } = surroundings;
  if (args[0] !== 'restore') {
    out(asCalled(usage, called));
    return args.length === 0 || args.includes('--help') ? EXIT.done : EXIT.usage;
  }
  const settings = readSettings(environment, onTerminal.out);
  if (settings.kafka === null && !existsSync(join(settings.dataDir, 'requite.db'))) {
    err(`There is no log in ${settings.dataDir}: set DATA_DIR to where the services keep theirs.\n`);
    return EXIT.notReached;
  }
  const backing = await openBacking(settings);
  try {
    const counts = await restoreBills(backing, settings.billsDir, (workflowId) =>
      err(`differs from the log, left as it is: ${workflowId}\n`),
    );
    out(
      `${settings.billsDir}: ${counts.written} restored, ${counts.unchanged} there already, ${counts.conflict} differ, ${counts.refused} can't be rendered here\n`,
    );
    return counts.conflict + counts.refused === 0 ? 0 : 1;
  } finally {
    await backing.close();
  }
}
