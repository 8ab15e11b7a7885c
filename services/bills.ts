import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { restoreBills } from './engine/restore.ts';
import { openBacking } from './platform/backing.ts';
import { logSettingsHelp, readSettings } from './platform/config.ts';
import { err, out } from './platform/terminal.ts';

const usage = `Usage: bun run bills restore

Writes every bill of the log that has no file in BILLS_DIR. Files that are there are compared, never changed.

${logSettingsHelp('BILLS_DIR')}
`;

async function main(args: readonly string[]): Promise<number> {
  if (args[0] !== 'restore') {
    out(usage);
    return args.length === 0 || args.includes('--help') ? 0 : 2;
  }
  const settings = readSettings(process.env, process.stdout.isTTY === true);
  if (settings.kafka === null && !existsSync(join(settings.dataDir, 'requite.db'))) {
    err(`There is no log in ${settings.dataDir}: set DATA_DIR to where the services keep theirs.\n`);
    return 1;
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

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  // a wrong setting or an unreadable data directory: the message says what to do
  err(`${error instanceof Error ? error.message : String(error)}\n`);
  return 1;
});
