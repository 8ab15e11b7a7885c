import { TransportError } from '../../../../core/mod.ts';
import { openBacking } from '../../backing.ts';
import { openDiscovery } from '../../discovery/index.ts';
import { createLogger } from '../../log.ts';
import { type LogAdminSettings, logTrouble, openLogAdmin, troubleCode } from '../../topics/open.ts';
import { within } from '../../topics/patience.ts';
import { Book } from '../book.ts';
import { changeSetting, type Desk, publishedSchema, settingSchema } from '../change.ts';
import type { NumberedChange } from '../changes.ts';
import { ConfigurationError } from '../configuration-error.ts';
import { type DescribedSetting, describeService, describeSetting } from '../described.ts';
import { fromText } from '../kinds.ts';
import { livePins, type PinVariables, pinsIn } from '../pins.ts';
import type { ConfigCommand } from './arguments.ts';
import { showHistory, showSetting, showSettings, valueText } from './show.ts';

/** The embedded log answers at once; this is for a first read of it while others write. */
const EMBEDDED_WAIT_MS = 10_000;
/** How long to wait to know what live instances pin. */
const PINS_MS = 5_000;

export interface ConfigSettings extends LogAdminSettings {
  readonly pinned: PinVariables;
}

export interface ConfigOutput {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Who changes: the user of this machine. */
  readonly user: string;
}

type Asked = Exclude<ConfigCommand, { readonly name: 'help' }>;

/** Carries out `bun run config …`, and returns the exit code. Throws what is unexpected. */
export async function runConfig(
  command: Asked,
  settings: ConfigSettings,
  output: ConfigOutput,
): Promise<number> {
  try {
    await withDesk(settings, output, (desk) => carry(command, desk, output));
    return 0;
  } catch (error) {
    if (!(error instanceof TransportError || error instanceof ConfigurationError)) throw error;
    output.err(`${error instanceof TransportError ? logTrouble(settings, error) : error.message}\n`);
    return error instanceof TransportError ? troubleCode(error) : 1;
  }
}

async function carry(command: Asked, desk: Desk, { out, user }: ConfigOutput): Promise<void> {
  switch (command.name) {
    case 'get': {
      const { service, key, json } = command;
      const found = await settingsAsked(desk, service, key);
      const [one] = found;
      if (json) out(`${JSON.stringify(key === null ? found : one, null, 2)}\n`);
      else out(`${key === null || one === undefined ? showSettings(found) : showSetting(one)}\n`);
      return;
    }
    case 'history': {
      const changes = changesAsked(desk.book, command.service, command.key);
      out(command.json ? `${JSON.stringify(changes, null, 2)}\n` : `${showHistory(changes)}\n`);
      return;
    }
    case 'set':
    case 'unset': {
      const { service, key, why, ifChange, json } = command;
      const to =
        command.name === 'unset'
          ? null
          : (fromText(settingSchema(desk.book, service, key), command.value) ?? command.value);
      const { kind, change } = await changeSetting(desk, { service, key, to, by: user, why, ifChange });
      if (json)
        out(`${JSON.stringify({ service, key, changed: kind === 'changed', last: change }, null, 2)}\n`);
      else out(`${service} ${key}: ${kind === 'unchanged' ? 'is so already' : said(change)}\n`);
      return;
    }
    default:
      return command satisfies never;
  }
}

function said(change: NumberedChange | null): string {
  if (change === null) return 'changed';
  const { from, to, number, by } = change;
  const [before, after] = [from, to].map((value) => (value === null ? 'the default' : valueText(value)));
  return `${before} -> ${after} (change ${number}, by ${by})`;
}

async function settingsAsked(
  desk: Desk,
  service: string | null,
  key: string | null,
): Promise<readonly DescribedSetting[]> {
  const { book, pins } = desk;
  if (service !== null && key !== null) {
    if (book.setting(service, key) === null) settingSchema(book, service, key);
    return [describeSetting(book, service, key, await pins(service))];
  }
  const services = service === null ? book.services() : [publishedSchema(book, service)];
  const described = await Promise.all(
    services.map(async (each) => describeService(book, each.service, await pins(each.service))),
  );
  return described.flat();
}

function changesAsked(book: Book, service: string | null, key: string | null): readonly NumberedChange[] {
  const changes = book
    .changes(service ?? undefined)
    .filter((change) => key === null || change.key === key)
    .sort((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : one.number - other.number));
  // nothing at all may be a mistyped name
  if (changes.length === 0 && service !== null && key !== null) settingSchema(book, service, key);
  else if (changes.length === 0 && service !== null) publishedSchema(book, service);
  return changes;
}

async function withDesk(
  settings: ConfigSettings,
  { err }: ConfigOutput,
  work: (desk: Desk) => Promise<void>,
): Promise<void> {
  const { kafka, dataDir, pinned } = settings;
  const waitMs = kafka?.requestTimeoutMs ?? EMBEDDED_WAIT_MS;
  // says where to look where there is no log, and makes none
  await (await openLogAdmin(settings)).close();
  // what is said of it is the result: log lines would stand in between
  const logger = createLogger({ logLevel: 'silent', logFormat: 'json' });
  const backing = await openBacking({ dataDir, kafka, jobStore: 'memory' }, logger);
  const { transport } = backing;
  const book = new Book(transport, logger);
  const discovery = openDiscovery({ transport, logger });
  const desk: Desk = {
    transport,
    book,
    pins: async (service) => {
      const keys = Object.keys(book.schema(service)?.settings ?? {});
      const here = pinsIn(pinned, 'this command', service, keys);
      if (!(await discovery.settled(PINS_MS)))
        err('It is not known which instances live, nor what their environments pin.\n');
      return [...here, ...livePins(discovery, service)];
    },
  };
  try {
    if (!(await within(waitMs, () => caughtUp(book, waitMs))))
      throw new TransportError('unavailable', 'The configuration could not be read in time.');
    await work(desk);
  } finally {
    await discovery.close();
    await book.close();
    await backing.close();
  }
}

async function caughtUp(book: Book, waitMs: number): Promise<boolean> {
  try {
    return await book.caughtUp(waitMs);
  } catch (error) {
    throw error instanceof TransportError && error.code === 'unknown-topic' ? notMade(error) : error;
  }
}

function notMade(error: TransportError): TransportError {
  const message = `${error.message} The services make it when they start, and so does bun run topics create.`;
  return new TransportError('unknown-topic', message, { cause: error });
}
