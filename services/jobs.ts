// bun run jobs: the jobs that are parked, and what to do with them.
import { logSettingsHelp, readSettings, SettingsError } from './platform/config.ts';
import { jobsUsage, readJobsArguments } from './platform/jobs/arguments.ts';
import { runJobs } from './platform/jobs/command.ts';
import { err, out } from './platform/terminal.ts';
import { UsageError } from './platform/topics/arguments.ts';

async function main(words: readonly string[]): Promise<number> {
  const command = readJobsArguments(words);
  if (command.name === 'help') {
    out(`${jobsUsage}\n${logSettingsHelp()}\n`);
    return 0;
  }
  return runJobs(command, readSettings(process.env, process.stdout.isTTY === true), { out, err });
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  // the user's to mend, or a data directory that can't be used: the message says what to do, a stack would not
  err(`${error instanceof Error ? error.message : String(error)}\n`);
  if (!(error instanceof UsageError || error instanceof SettingsError)) return 1;
  err('See bun run jobs --help.\n');
  return 2;
});
