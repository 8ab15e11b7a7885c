import { commandFailure } from './platform/command-failure.ts';
import { logSettingsHelp, readSettings } from './platform/config.ts';
import { err, out } from './platform/terminal.ts';
import { readArguments } from './platform/topics/arguments.ts';
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

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) =>
  commandFailure('topics', error),
);
