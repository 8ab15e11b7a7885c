import { openAuth } from './platform/auth/index.ts';
import { openBacking } from './platform/backing.ts';
import { logSettingsHelp, readSettings, type Settings, SettingsError } from './platform/config.ts';
import { openDiscovery } from './platform/discovery/index.ts';
import { createLogger } from './platform/log.ts';
import {
  type LogsCommand,
  LogsUsageError,
  lineText,
  logsUsage,
  NewLines,
  readLogsArguments,
  type Searching,
  searchLogs,
} from './platform/operations/search-logs.ts';
import { pause } from './platform/pause.ts';
import { err, out } from './platform/terminal.ts';
import { openLogAdmin } from './platform/topics/open.ts';

/** How long it takes to know who is alive, at most. */
const SETTLE_MS = 10_000;
const FOLLOW_EVERY_MS = 1_000;
/** What is asked for again, as clocks differ and lines may come late. */
const OVERLAP_MS = 5_000;

async function main(words: readonly string[]): Promise<number> {
  const command = readLogsArguments(words, Date.now());
  if (command.help) {
    out(`${logsUsage}\n${logSettingsHelp()}\n`);
    return 0;
  }
  const settings = readSettings(process.env, process.stdout.isTTY === true);
  await mustExist(settings);
  const logger = createLogger({ logLevel: 'silent', logFormat: 'json' });
  const backing = await openBacking({ ...settings, jobStore: 'memory' }, logger);
  const discovery = openDiscovery({ transport: backing.transport, logger });
  const stopped = new AbortController();
  process.on('SIGINT', () => stopped.abort());
  try {
    if (!(await discovery.settled(SETTLE_MS)))
      throw new Error(`The log does not say who lives: ${discovery.readiness()}`);
    return await print(
      command,
      { discovery, auth: openAuth({ oidc: settings.oidc, logger }) },
      stopped.signal,
    );
  } finally {
    await discovery.close();
    await backing.close();
  }
}

async function print(command: LogsCommand, searching: Searching, stopped: AbortSignal): Promise<number> {
  const lines = new NewLines();
  let asked = command;
  for (;;) {
    const beganMs = Date.now();
    const told = await searchLogs(asked, searching);
    for (const line of lines.of(told.items)) out(`${command.json ? JSON.stringify(line) : lineText(line)}\n`);
    for (const { url, reason } of told.missing)
      err(`${url} did not tell its lines, so they are missing here: ${reason}\n`);
    if (told.processes + told.missing.length === 0)
      err('No process is alive that could be asked: start some with bun run services.\n');
    if (!command.follow) return told.missing.length === 0 && told.processes > 0 ? 0 : 1;
    await pause(FOLLOW_EVERY_MS, stopped);
    if (stopped.aborted) return 0;
    asked = { ...command, sinceMs: beganMs - OVERLAP_MS };
  }
}

/** Nothing is made by looking: where there is no log, that is said. */
async function mustExist(settings: Settings): Promise<void> {
  if (settings.kafka === null) await (await openLogAdmin(settings)).close();
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  // the user's to mend, or a log that can't be reached: the message says what to do, a stack would not
  err(`${error instanceof Error ? error.message : String(error)}\n`);
  if (!(error instanceof LogsUsageError || error instanceof SettingsError)) return 1;
  err('See bun run logs --help.\n');
  return 2;
});
