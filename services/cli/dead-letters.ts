import { logSettingsHelp, readSettings } from '../platform/config.ts';
import { deadLettersUsage, readDeadLettersArguments } from '../platform/dead-letters/arguments.ts';
import { runDeadLetters } from '../platform/dead-letters/command.ts';
import { asCalled, type Surroundings } from './command.ts';

/** Carries out `dead-letters`. */
export async function deadLetters(words: readonly string[], surroundings: Surroundings): Promise<number> {
  const { environment, called, out, err, onTerminal } = surroundings;
  const command = readDeadLettersArguments(words);
  if (command.name === 'help') {
    out(asCalled(`${deadLettersUsage}\n${logSettingsHelp()}\n`, called));
    return 0;
  }
  return runDeadLetters(command, readSettings(environment, onTerminal.out), { out, err });
}
