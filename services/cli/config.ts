import { userInfo } from 'node:os';
import { logSettingsHelp, readSettings } from '../platform/config.ts';
import { configUsage, readArguments, runConfig } from '../platform/configuration/command/index.ts';
import { asCalled, type Surroundings } from './command.ts';

/** Who is said to have changed a setting. */
function userName(): string {
  try {
    // Bun's userInfo says what the variable USER does, which anybody can set
    const { success, stdout } = Bun.spawnSync(['id', '-un']);
    if (success) return stdout.toString().trim();
  } catch {
    // no such program: Windows, or a bare container
  }
  const { username, uid } = userInfo();
  return username === '' || username === 'unknown' ? `uid ${uid}` : username;
}

/** Carries out `config`. */
export async function config(words: readonly string[], surroundings: Surroundings): Promise<number> {
  const { environment, called, out, err, onTerminal } = surroundings;
  const command = readArguments(words);
  if (command.name === 'help') {
    out(asCalled(`${configUsage}\n${logSettingsHelp()}\n`, called));
    return 0;
  }
  const settings = readSettings(environment, onTerminal.out);
  return runConfig(command, settings, { out, err, user: userName() });
}
