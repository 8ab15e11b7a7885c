import { parseArgs } from 'node:util';
import { parsingError, UsageError } from '../../topics/arguments.ts';

/** How a change is to be made. */
interface Changing {
  readonly service: string;
  readonly key: string;
  readonly why: string | undefined;
  /** The number of the change that it must follow. */
  readonly ifChange: number | undefined;
  readonly json: boolean;
}

/** Which settings; null: all. */
interface Looking {
  readonly service: string | null;
  readonly key: string | null;
  readonly json: boolean;
}

export type ConfigCommand =
  | { readonly name: 'help' }
  | ({ readonly name: 'get' } & Looking)
  | ({ readonly name: 'history' } & Looking)
  | ({ readonly name: 'set'; readonly value: string } & Changing)
  | ({ readonly name: 'unset' } & Changing);

const OPTIONS = {
  help: { type: 'boolean', short: 'h' },
  json: { type: 'boolean' },
  why: { type: 'string' },
  'if-change': { type: 'string' },
} as const;

interface Shape {
  readonly words: readonly string[];
  /** So many of the words must be there. */
  readonly needed: number;
  readonly options: readonly string[];
}

const SHAPES: Readonly<Record<'get' | 'set' | 'unset' | 'history', Shape>> = {
  get: { words: ['SERVICE', 'KEY'], needed: 0, options: ['json'] },
  set: { words: ['SERVICE', 'KEY', 'VALUE'], needed: 3, options: ['why', 'if-change', 'json'] },
  unset: { words: ['SERVICE', 'KEY'], needed: 2, options: ['why', 'if-change', 'json'] },
  history: { words: ['SERVICE', 'KEY'], needed: 0, options: ['json'] },
};

function isCommand(name: string | undefined): name is keyof typeof SHAPES {
  return name !== undefined && Object.hasOwn(SHAPES, name);
}

/** Reads the words behind `bun run config`. Throws `UsageError`. */
export function readArguments(words: readonly string[]): ConfigCommand {
  const { values, positionals } = parsed(words);
  const [name, ...more] = positionals;
  if (values.help === true || words.length === 0) return { name: 'help' };
  if (!isCommand(name))
    throw new UsageError(
      `There is no command "${name ?? ''}": choose among ${Object.keys(SHAPES).join(', ')}.`,
    );
  refuse(name, more, Object.keys(values));
  const [service = null, key = null, value = ''] = more;
  const json = values.json === true;
  if (name === 'get' || name === 'history') return { name, service, key, json };
  const ifChange = numberIn(values['if-change']);
  const changing = { service: service ?? '', key: key ?? '', why: values.why, ifChange, json };
  return name === 'set' ? { name, ...changing, value } : { name, ...changing };
}

function refuse(name: keyof typeof SHAPES, more: readonly string[], given: readonly string[]): void {
  const { words, needed, options } = SHAPES[name];
  const takes = words.map((word, at) => (at < needed ? word : `[${word}]`)).join(' ');
  if (more.length < needed || more.length > words.length)
    throw new UsageError(`${name} takes ${takes}, each one word: put a VALUE with blanks in quotes.`);
  const foreign = given.filter((option) => !options.includes(option));
  if (foreign.length > 0)
    throw new UsageError(
      `${name} has no option --${foreign.join(', --')}: it takes --${options.join(', --')}.`,
    );
}

function numberIn(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new UsageError(`--if-change takes the number of a change, as get shows it: "${text}" is none.`);
}

function parsed(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw parsingError(error, ' Put -- before a VALUE that begins with a hyphen.');
  }
}
