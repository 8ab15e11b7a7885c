import { logSettingsHelp, readSettings, SettingsError } from './platform/config.ts';
import { err, out } from './platform/terminal.ts';
import { readArguments, UsageError } from './platform/topics/arguments.ts';
import { runTopics } from './platform/topics/run.ts';
import { topicsUsage } from './platform/topics/usage.ts';

async function main(words: readonly string[]): Promise<number> {
  const command = readArguments(words);
  if (command.name === 'help') {
    out(`${topicsUsage}\n${logSettingsHelp('PARTITIONS', 'REPLICATION', 'JOB_STORE')}\n`);
    return 0;
  }
  const settings = readSettings(process.env, process.stdout.isTTY === true);
  return runTopics(command, settings, { out, err });
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  // the user's to mend, or a data directory that can't be used: the message says what to do, a stack would not
  err(`${error instanceof Error ? error.message : String(error)}\n`);
  if (!(error instanceof UsageError || error instanceof SettingsError)) return 1;
  err('See bun run topics --help.\n');
  return 2;
});
