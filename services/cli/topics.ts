import { logSettingsHelp, readSettings } from '../platform/config.ts';
import { readArguments } from '../platform/topics/arguments.ts';
import { runTopics } from '../platform/topics/run.ts';
import { topicsUsage } from '../platform/topics/usage.ts';
import { asCalled, type Surroundings } from './command.ts';

/** Carries out `topics`. */
export async function topics(words: readonly string[], surroundings: Surroundings): Promise<number> {
  const { environment, called, out, err, onTerminal } = surroundings;
  const command = readArguments(words);
  if (command.name === 'help') {
    out(asCalled(`${topicsUsage}\n${logSettingsHelp('PARTITIONS', 'REPLICATION', 'JOB_STORE')}\n`, called));
    return 0;
  }
  const settings = readSettings(environment, onTerminal.out);
  return runTopics(command, settings, { out, err });
}
