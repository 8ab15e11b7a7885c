import { startCoordinator } from './coordinator/index.ts';
import { startCrm } from './crm/index.ts';
import { startEngine } from './engine/index.ts';
import { type Backing, openBacking } from './platform/backing.ts';
import { readSettings, type Settings, SettingsError, settingsHelp } from './platform/config.ts';
import { createLogger, type Logger } from './platform/log.ts';
import type { Platform, Service, StartService } from './platform/service.ts';

/** The services by name, in the order in which they start. Any order would do. */
const services: Readonly<Record<string, StartService>> = {
  coordinator: startCoordinator,
  engine: startEngine,
  crm: startCrm,
};

const usage = `Usage: bun run services [${Object.keys(services).join(' | ')} …]

Starts the named services in one process, or all of them. Each can be started, killed and started again
alone, in any order; processes that share DATA_DIR work together.

${settingsHelp()}
`;

function fail(message: string, code: number): never {
  process.stderr.write(`${message}\n`);
  process.exit(code);
}

function chosen(names: readonly string[]): readonly string[] {
  const unknown = names.filter((name) => !Object.hasOwn(services, name));
  if (unknown.length > 0)
    fail(
      `There is no service "${unknown.join('", "')}": choose among ${Object.keys(services).join(', ')}. See bun run services --help.`,
      2,
    );
  return names.length === 0 ? Object.keys(services) : [...new Set(names)];
}

function settingsOrExit(): Settings {
  try {
    return readSettings(process.env, process.stdout.isTTY === true);
  } catch (error) {
    // a wrong setting is the user's to mend: the message alone, no stack
    if (error instanceof SettingsError) fail(`${error.message}\nSee bun run services --help.`, 2);
    throw error;
  }
}

function banner(
  running: readonly Service[],
  settings: Settings,
  { description, kind }: Backing,
  logger: Logger,
): void {
  const urls = Object.fromEntries(running.flatMap(({ name, url }) => (url === null ? [] : [[name, url]])));
  const { dataDir, billsDir } = settings;
  if (settings.logFormat === 'json') {
    logger.info(
      { services: running.map(({ name }) => name), urls, dataDir, billsDir, log: description },
      'services are up',
    );
    return;
  }
  const rows = running.map(({ name, url }) => `  ${name.padEnd(12)} ${url ?? 'no REST: works on topics'}`);
  const coordinator = urls.coordinator;
  const curl =
    coordinator === undefined
      ? []
      : [
          '',
          'Try:',
          `  curl -X POST ${coordinator} -H 'Content-Type: application/json' -d '{"customerIdentifiers":["2","4","5"]}'`,
        ];
  const lines = [
    '',
    'Requite is up.',
    ...rows,
    `  data         ${dataDir}`,
    `  bills        ${billsDir}`,
    `  log          ${description}`,
    ...(kind === 'embedded' ? ['               for one machine; several processes may share it'] : []),
    ...curl,
    '',
    'Stop with Ctrl-C.',
    '',
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

async function stopAll(running: readonly Service[]): Promise<void> {
  for (const service of [...running].reverse()) await service.stop();
}

/** Starts them all at once: each waits by itself for what it needs. Throws the first failure, with the others stopped. */
async function startAll(names: readonly string[], platform: Platform, abort: () => void): Promise<Service[]> {
  const starting = names.map(async (name) => {
    try {
      return await services[name]?.(platform);
    } catch (error) {
      abort();
      throw error;
    }
  });
  const outcomes = await Promise.allSettled(starting);
  const running = outcomes.flatMap((each) => (each.status === 'fulfilled' && each.value ? [each.value] : []));
  const failures = outcomes.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []));
  const [first] = failures.filter((error) => (error as { code?: unknown }).code !== 'closed');
  if (failures.length === 0) return running;
  await stopAll(running);
  throw first ?? failures[0];
}

async function main(args: readonly string[]): Promise<void> {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(usage);
    return;
  }
  const names = chosen(args);
  const settings = settingsOrExit();
  const logger = createLogger(settings);
  const backing = await openBacking(settings, logger);
  const stopping = new AbortController();
  const abort = (): void => stopping.abort();
  const starting = startAll(names, { settings, backing, logger, stopping: stopping.signal }, abort);
  const stop = async (signal: string): Promise<void> => {
    if (stopping.signal.aborted) return;
    stopping.abort();
    logger.info({ signal }, 'stopping: the work in hand is finished first');
    // a start that still waits for the log gives up, and leaves nothing to stop
    await stopAll(await starting.catch(() => []));
    await backing.close();
    logger.info('stopped');
    process.exit(0);
  };
  process.on('SIGTERM', () => void stop('SIGTERM'));
  process.on('SIGINT', () => void stop('SIGINT'));
  try {
    banner(await starting, settings, backing, logger);
  } catch (error) {
    if (!stopping.signal.aborted || (error as { code?: unknown }).code !== 'closed') throw error;
    // told to stop before it was up: `stop` ends the process
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  // nothing could be started: say why in one line, with what to do where the error knows it
  fail(`Could not start: ${error instanceof Error ? error.message : String(error)}`, 1);
});
