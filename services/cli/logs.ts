import { openAuth } from '../platform/auth/index.ts';
import { openBacking } from '../platform/backing.ts';
import { logSettingsHelp, readSettings, type Settings } from '../platform/config.ts';
import { openDiscovery } from '../platform/discovery/index.ts';
import { createLogger } from '../platform/log.ts';
import {
  type LogsCommand,
  lineText,
  logsUsage,
  NewLines,
  readLogsArguments,
  type Searching,
  searchLogs,
} from '../platform/operations/search-logs.ts';
import { pause } from '../platform/pause.ts';
import { openLogAdmin } from '../platform/topics/open.ts';
import { asCalled, type Surroundings } from './command.ts';

/** How long it takes to know who is alive, at most. */
const SETTLE_MS = 10_000;
const FOLLOW_EVERY_MS = 1_000;
/** What is asked for again, as clocks differ and lines may come late. */
const OVERLAP_MS = 5_000;

/** Carries out `logs`. */
export async function logs(words: readonly string[], surroundings: Surroundings): Promise<number> {
  const { environment, called, out, onTerminal, interruption } = surroundings;
  const command = readLogsArguments(words, Date.now());
  if (command.help) {
    out(asCalled(`${logsUsage}\n${logSettingsHelp()}\n`, called));
    return 0;
  }
  const settings = readSettings(environment, onTerminal.out);
  await mustExist(settings);
  const logger = createLogger({ logLevel: 'silent', logFormat: 'json' });
  const backing = await openBacking({ ...settings, jobStore: 'memory' }, logger);
  const discovery = openDiscovery({ transport: backing.transport, logger });
  const stopped = interruption();
  try {
    if (!(await discovery.settled(SETTLE_MS)))
      throw new Error(`The log does not say who lives: ${discovery.readiness()}`);
    const searching = { discovery, auth: openAuth({ oidc: settings.oidc, logger }) };
    return await print(command, searching, stopped, surroundings);
  } finally {
    await discovery.close();
    await backing.close();
  }
}

async function print(
  command: LogsCommand,
  searching: Searching,
  stopped: AbortSignal,
  { out, err }: Surroundings,
): Promise<number> {
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
