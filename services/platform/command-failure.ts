import { SettingsError } from './config.ts';
import { err } from './terminal.ts';
import { UsageError } from './topics/arguments.ts';

/** Says why `bun run NAME` could not do it, and gives the exit code: 2 for its command line or settings, else 1. */
export function commandFailure(name: string, error: unknown): 1 | 2 {
  // the user's to mend, or a log that can't be used: the message says what to do, a stack would not
  err(`${error instanceof Error ? error.message : String(error)}\n`);
  if (!(error instanceof UsageError || error instanceof SettingsError)) return 1;
  err(`See bun run ${name} --help.\n`);
  return 2;
}
