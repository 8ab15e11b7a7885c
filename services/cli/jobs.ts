import { logSettingsHelp, readSettings } from '../platform/config.ts';
import { jobsUsage, readJobsArguments } from '../platform/jobs/arguments.ts';
import { runJobs } from '../platform/jobs/command.ts';
import { asCalled, type Surroundings } from './command.ts';

/** Carries out `jobs`. */
export async function jobs(words: readonly string[], surroundings: Surroundings): Promise<number> {
  const { environment, called, out, err, onTerminal } = surroundings;
  const command = readJobsArguments(words);
  if (command.name === 'help') {
    out(asCalled(`${jobsUsage}\n${logSettingsHelp()}\n`, called));
    return 0;
  }
  return runJobs(command, readSettings(environment, onTerminal.out), { out, err });
}
