// bun run dead-letters: the records that were refused, and how to put them back.
import { commandFailure } from './platform/command-failure.ts';
import { logSettingsHelp, readSettings } from './platform/config.ts';
import { deadLettersUsage, readDeadLettersArguments } from './platform/dead-letters/arguments.ts';
import { runDeadLetters } from './platform/dead-letters/command.ts';
import { err, out } from './platform/terminal.ts';

async function main(words: readonly string[]): Promise<number> {
  const command = readDeadLettersArguments(words);
  if (command.name === 'help') {
    out(`${deadLettersUsage}\n${logSettingsHelp()}\n`);
    return 0;
  }
  return runDeadLetters(command, readSettings(process.env, process.stdout.isTTY === true), { out, err });
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) =>
  commandFailure('dead-letters', error),
);
