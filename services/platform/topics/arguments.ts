import { parseArgs } from 'node:util';
import { isJson } from './records.ts';

export type TopicsCommand =
  | { readonly name: 'help' }
  | { readonly name: 'create'; readonly json: boolean }
  | { readonly name: 'list'; readonly all: boolean; readonly json: boolean }
  | {
      readonly name: 'publish';
      readonly topic: string;
      readonly key: string;
      readonly value: string;
      readonly json: boolean;
    }
  | { readonly name: 'read'; readonly topic: string }
  | {
      readonly name: 'acls';
      /** Of each alone; none: of every service. */
      readonly services: readonly string[];
      /** Null: each service is a user of its own name. */
      readonly principal: string | null;
      readonly json: boolean;
    }
  | {
      readonly name: 'trim';
      /** Null: those that are trimmed by default. */
      readonly topics: readonly string[] | null;
      readonly without: readonly string[];
      readonly dryRun: boolean;
      readonly json: boolean;
    };

/** A command line that can't be used: the message says what it takes. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What `parseArgs` threw: its first sentence names the option and what is wrong with it, the rest is about positional arguments. */
export function parsingError(error: unknown, hint = ''): UsageError {
  const message = error instanceof Error ? error.message : String(error);
  return new UsageError(`${message.split('. ')[0] ?? message}.${hint}`, { cause: error });
}

const OPTIONS = {
  help: { type: 'boolean', short: 'h' },
  all: { type: 'boolean' },
  json: { type: 'boolean' },
  'dry-run': { type: 'boolean' },
  topics: { type: 'string', multiple: true },
  without: { type: 'string', multiple: true },
  key: { type: 'string' },
  principal: { type: 'string' },
} as const;

/** The options that each command takes. */
const TAKES: Readonly<Record<string, readonly string[]>> = {
  create: ['json'],
  list: ['all', 'json'],
  trim: ['topics', 'without', 'dry-run', 'json'],
  publish: ['key', 'json'],
  // its lines are JSON anyway
  read: ['json'],
  acls: ['principal', 'json'],
};

/** The words that a command takes beside its options. */
const WORDS: Readonly<Record<string, readonly string[]>> = { publish: ['TOPIC', 'VALUE'], read: ['TOPIC'] };

/** Reads the words behind `bun run topics`. Throws `UsageError`. */
export function readArguments(words: readonly string[]): TopicsCommand {
  const { values, positionals } = parsed(words);
  const [name, ...more] = positionals;
  if (values.help === true || words.length === 0) return { name: 'help' };
  const takes = name === undefined || !Object.hasOwn(TAKES, name) ? undefined : TAKES[name];
  if (name === undefined || takes === undefined)
    throw new UsageError(
      `There is no command "${name ?? ''}": choose among ${Object.keys(TAKES).join(', ')}.`,
    );
  checkWords(name, more, takes);
  const foreign = Object.keys(values).filter((option) => !takes.includes(option));
  if (foreign.length > 0)
    throw new UsageError(`${name} has no option --${foreign.join(', --')}: it ${takesWhat(takes)}.`);
  const json = values.json === true;
  if (name === 'create') return { name, json };
  if (name === 'acls') return { name, services: more, principal: values.principal ?? null, json };
  if (name === 'read') return { name, topic: more[0] ?? '' };
  if (name === 'publish') return publishing(more, values.key, json);
  if (name === 'list') return { name, all: values.all === true, json };
  return {
    name: 'trim',
    topics: values.topics === undefined ? null : namesIn('topics', values.topics),
    without: namesIn('without', values.without ?? []),
    dryRun: values['dry-run'] === true,
    json,
  };
}

function checkWords(name: string, more: readonly string[], takes: readonly string[]): void {
  if (name === 'acls') return;
  const wanted = WORDS[name] ?? [];
  if (wanted.length > 0 && more.length !== wanted.length)
    throw new UsageError(`${name} takes ${wanted.join(' and ')}, each one word: put JSON in quotes.`);
  if (more.length > wanted.length)
    throw new UsageError(`"${more.join(' ')}" is too much: ${name} ${takesWhat(takes)}.`);
}

function publishing(
  [topic = '', value = '']: readonly string[],
  key: string | undefined,
  json: boolean,
): TopicsCommand {
  if (key === undefined) throw new UsageError('publish needs --key KEY: it decides the partition.');
  if (!isJson(value)) throw new UsageError(`VALUE is not JSON: ${value.slice(0, 100)}`);
  return { name: 'publish', topic, key, value, json };
}

function parsed(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw parsingError(error);
  }
}

function takesWhat(options: readonly string[]): string {
  return `takes --${options.join(', --')}`;
}

/** Names separated by commas. */
function namesIn(option: string, given: readonly string[]): readonly string[] {
  const names = given.flatMap((text) => text.split(',')).map((name) => name.trim());
  if (names.includes(''))
    throw new UsageError(
      `--${option} takes names, separated by commas: "${given.join(',')}" has an empty one.`,
    );
  return [...new Set(names)];
}

/** Throws `UsageError` where there is no such command, or where it does not take one of these options. */
export function assertTaken(
  name: string | undefined,
  values: object,
  takes: Readonly<Record<string, readonly string[]>>,
): void {
  const options = name === undefined || !Object.hasOwn(takes, name) ? undefined : takes[name];
  if (options === undefined)
    throw new UsageError(
      `There is no command "${name ?? ''}": choose among ${Object.keys(takes).join(', ')}.`,
    );
  const foreign = Object.keys(values).filter((option) => !options.includes(option));
  if (foreign.length > 0) throw new UsageError(`${name} has no option --${foreign.join(', --')}.`);
}
