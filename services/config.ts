import { userInfo } from 'node:os';
import { commandFailure } from './platform/command-failure.ts';
import { logSettingsHelp, readSettings } from './platform/config.ts';
import { configUsage, readArguments, runConfig } from './platform/configuration/command/index.ts';
import { err, out } from './platform/terminal.ts';

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

async function main(words: readonly string[]): Promise<number> {
  const command = readArguments(words);
  if (command.name === 'help') {
    out(`${configUsage}\n${logSettingsHelp()}\n`);
    return 0;
  }
  const settings = readSettings(process.env, process.stdout.isTTY === true);
  return runConfig(command, settings, { out, err, user: userName() });
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) =>
  commandFailure('config', error),
);
