// bun run dead-letters: the records that were refused, and how to put them back.
import { logSettingsHelp, readSettings, SettingsError } from './platform/config.ts';
import { deadLettersUsage, readDeadLettersArguments } from './platform/dead-letters/arguments.ts';
import { runDeadLetters } from './platform/dead-letters/command.ts';
import { err, out } from './platform/terminal.ts';
import { UsageError } from './platform/topics/arguments.ts';

async function main(words: readonly string[]): Promise<number> {
  const command = readDeadLettersArguments(words);
  if (command.name === 'help') {
    out(`${deadLettersUsage}\n${logSettingsHelp()}\n`);
    return 0;
  }
  return runDeadLetters(command, readSettings(process.env, process.stdout.isTTY === true), { out, err });
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  // the user's to mend, or a data directory that can't be used: the message says what to do, a stack would not
  err(`${error instanceof Error ? error.message : String(error)}\n`);
  if (!(error instanceof UsageError || error instanceof SettingsError)) return 1;
  err('See bun run dead-letters --help.\n');
  return 2;
});
