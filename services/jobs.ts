// bun run jobs: the jobs that are parked, and what to do with them.
import { commandFailure } from './platform/command-failure.ts';
import { logSettingsHelp, readSettings } from './platform/config.ts';
import { jobsUsage, readJobsArguments } from './platform/jobs/arguments.ts';
import { runJobs } from './platform/jobs/command.ts';
import { err, out } from './platform/terminal.ts';

async function main(words: readonly string[]): Promise<number> {
  const command = readJobsArguments(words);
  if (command.name === 'help') {
    out(`${jobsUsage}\n${logSettingsHelp()}\n`);
    return 0;
  }
  return runJobs(command, readSettings(process.env, process.stdout.isTTY === true), { out, err });
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => commandFailure('jobs', error));
