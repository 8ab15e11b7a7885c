import { bannerText } from '../banner.ts';
import { chosenServices, DEFAULT_SET, services, sets, startOf } from '../catalogue.ts';
import { refuseExposure } from '../platform/auth/index.ts';
import { type Backing, openBacking } from '../platform/backing.ts';
import { readSettings, type Settings, SettingsError, settingsHelp } from '../platform/config.ts';
import { platformOf } from '../platform/configuration/index.ts';
import { announceService } from '../platform/discovery/index.ts';
import { createLogger, type Logger } from '../platform/log.ts';
import { startOperations } from '../platform/operations/index.ts';
import { openPlatform } from '../platform/platform.ts';
import { type Platform, type Service, withStores } from '../platform/service.ts';
import { openCentralLogs } from '../platform/telemetry/index.ts';
import { err } from '../platform/terminal.ts';
import { asCalled, EXIT, type Surroundings } from './command.ts';

const listOfSets = Object.entries(sets)
  .map(
    ([name, members]) =>
      `  ${name.padEnd(13)} ${name === DEFAULT_SET ? '(default) ' : ''}${members.join(', ')}`,
  )
  .join('\n');

const usage = `Usage: bun run services [SET or SERVICE …]

Starts the named services in one process. Each can be started, killed and started again alone, in any order;
processes that share DATA_DIR (or BROKERS) work together. Sets:

${listOfSets}

${settingsHelp()}
`;

function fail(message: string, code: number): never {
  err(`${message}\n`);
  process.exit(code);
}

function namesOrExit(args: readonly string[]): readonly string[] {
  const { chosen, unknown } = chosenServices(args);
  if (unknown.length === 0) return chosen;
  const there = `${Object.keys(sets).join(', ')} or ${Object.keys(services).join(', ')}`;
  return fail(
    `There is no service "${unknown.join('", "')}": choose among ${there}. See bun run services --help.`,
    2,
  );
}

function settingsOrExit({ environment, onTerminal }: Surroundings): Settings {
  try {
    const settings = readSettings(environment, onTerminal.out);
    refuseExposure(settings);
    return settings;
  } catch (error) {
    // a wrong setting is the user's to mend: the message alone, no stack
    if (error instanceof SettingsError) fail(`${error.message}\nSee bun run services --help.`, 2);
    throw error;
  }
}

function announce(running: readonly Service[], settings: Settings, backing: Backing, logger: Logger): void {
  if (settings.logFormat === 'pretty') {
    process.stdout.write(bannerText(running, settings, backing));
    return;
  }
  const urls = Object.fromEntries(running.flatMap(({ name, url }) => (url === null ? [] : [[name, url]])));
  const { dataDir, billsDir } = settings;
  const names = running.map(({ name }) => name);
  logger.info({ services: names, urls, dataDir, billsDir, log: backing.description }, 'services are up');
}

/** The service, not ready while a store fails. */
function minding(service: Service, backing: Backing): Service {
  return { ...service, readiness: () => withStores(service.readiness(), backing) };
}

/** Those without REST: the others announce themselves, with the address that they listen on. */
function announceQuiet(running: readonly Service[], { discovery }: Platform): void {
  for (const service of running) if (service.url === null) announceService(discovery, service);
}

async function packageVersion(): Promise<string> {
  const file = Bun.file(new URL('../../package.json', import.meta.url));
  return ((await file.json()) as { readonly version: string }).version;
}

async function stopAll(running: readonly Service[]): Promise<void> {
  for (const service of [...running].reverse()) await service.stop();
}

/** Starts them all at once: each waits by itself for what it needs. Throws the first failure, with the others stopped. */
async function startAll(
  started: Map<string, Service | null>,
  platform: Platform,
  abort: () => void,
): Promise<Service[]> {
  platform.configuration.checkPins(Object.keys(services));
  const starting = [...started.keys()].map(async (name) => {
    try {
      const service = minding(await (await startOf(name))(platformOf(platform, name)), platform.backing);
      started.set(name, service);
      return service;
    } catch (error) {
      abort();
      throw error;
    }
  });
  const outcomes = await Promise.allSettled(starting);
  const running = outcomes.flatMap((each) => (each.status === 'fulfilled' && each.value ? [each.value] : []));
  const failures = outcomes.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []));
  const [first] = failures.filter((error) => (error as { code?: unknown }).code !== 'closed');
  if (failures.length === 0) failures.push(...idlePins(platform));
  if (failures.length === 0) return running;
  await stopAll(running);
  throw first ?? failures[0];
}

/** Whether each variable that pins a setting does, now that every service has said what it can be told. */
function idlePins({ configuration }: Platform): unknown[] {
  try {
    configuration.checkPins(Object.keys(services));
    return [];
  } catch (error) {
    // a mistake in the environment stops all, as a service does that can't start
    return [error];
  }
}

async function start(args: readonly string[], surroundings: Surroundings): Promise<void> {
  if (args.includes('--help') || args.includes('-h')) {
    surroundings.out(asCalled(usage, surroundings.called));
    return;
  }
  const names = namesOrExit(args);
  const settings = settingsOrExit(surroundings);
  const logs = openCentralLogs(settings.telemetry);
  const logger = createLogger(settings, logs);
  const backing = await openBacking(settings, logger);
  const stopping = new AbortController();
  const abort = (): void => stopping.abort();
  const platform = openPlatform(
    { settings, backing, logger, stopping: stopping.signal },
    await packageVersion(),
  );
  const started = new Map<string, Service | null>(names.map((name) => [name, null]));
  const operations = startOperations({ platform, logs, services: () => started });
  const starting = startAll(started, platform, abort);
  const stop = async (signal: string): Promise<void> => {
    if (stopping.signal.aborted) return;
    stopping.abort();
    logger.info({ signal }, 'stopping: the work in hand is finished first');
    // a start that still waits for the log gives up, and leaves nothing to stop
    await stopAll(await starting.catch(() => []));
    await operations.stop();
    await platform.close();
    await backing.close();
    logger.info('stopped');
    await logs.close();
    process.exit(0);
  };
  process.on('SIGTERM', () => void stop('SIGTERM'));
  process.on('SIGINT', () => void stop('SIGINT'));
  try {
    const running = await starting;
    announceQuiet(running, platform);
    announce(running, settings, backing, logger);
  } catch (error) {
    if (!stopping.signal.aborted || (error as { code?: unknown }).code !== 'closed') throw error;
    // told to stop before it was up: `stop` ends the process
  }
}

/** Carries out `services`: returns once they are up, and leaves it to them to keep the process. */
export async function startServices(args: readonly string[], surroundings: Surroundings): Promise<number> {
  try {
    await start(args, surroundings);
    return EXIT.done;
  } catch (error) {
    // nothing could be started: say why in one line, with what to do where the error knows it
    const message = error instanceof Error ? error.message : String(error);
    return fail(`Could not start: ${message}`, error instanceof SettingsError ? EXIT.usage : EXIT.failed);
  }
}
