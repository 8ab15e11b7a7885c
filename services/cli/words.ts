// Command lines that are described as data: from one table come what is taken, the help and the completion.
import { parseArgs } from 'node:util';
import { parsingError, UsageError } from '../platform/topics/arguments.ts';

export interface OptionSpec {
  readonly name: string;
  /** What it takes, in capitals; none: it takes nothing. */
  readonly value?: string;
  readonly short?: string;
  readonly about: string;
}

export interface CommandSpec {
  /** Each way to call it, behind `requite`. */
  readonly usage: readonly string[];
  readonly about: string;
  readonly options: readonly OptionSpec[];
  /** What else is to be known: what --json prints, what the exit code says. */
  readonly more?: string;
}

/** What was given: an option that takes nothing is `true`. */
export interface GivenWords {
  readonly values: Readonly<Record<string, string | true>>;
  readonly words: readonly string[];
}

const HELP: OptionSpec = { name: 'help', short: 'h', about: 'this text' };

/** Reads the words behind a command. Null where they ask for help. Throws `UsageError`. */
export function readWords({ options }: CommandSpec, given: readonly string[]): GivenWords | null {
  const config = Object.fromEntries(
    [...options, HELP].map(({ name, value, short }) => [
      name,
      { type: value === undefined ? ('boolean' as const) : ('string' as const), ...(short && { short }) },
    ]),
  );
  try {
    const { values, positionals } = parseArgs({ args: [...given], options: config, allowPositionals: true });
    if (values.help === true) return null;
    const entries = Object.entries(values).flatMap(([name, value]): [string, string | true][] =>
      typeof value === 'string' || value === true ? [[name, value]] : [],
    );
    return { values: Object.fromEntries(entries), words: positionals };
  } catch (error) {
    throw parsingError(error);
  }
}

/** The text of an option that takes one; undefined where it was not given. Throws `UsageError` for an empty one. */
export function textOf({ values }: GivenWords, name: string): string | undefined {
  const value = values[name];
  if (value === undefined || value === true) return undefined;
  if (value === '') throw new UsageError(`--${name} is empty.`);
  return value;
}

/** Exactly one word. Throws `UsageError`. */
export function oneWord({ words }: GivenWords, what: string): string {
  const [word, ...more] = words;
  if (word === undefined || word === '') throw new UsageError(`It takes ${what}.`);
  if (more.length > 0)
    throw new UsageError(`It takes ${what} and no other word: "${more.join(' ')}" is too much.`);
  return word;
}

/** A whole number; the fallback where none was given. Throws `UsageError`. */
export function wholeOf(given: GivenWords, name: string, fallback: number, max: number): number {
  const text = textOf(given, name);
  if (text === undefined) return fallback;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= max) return value;
  throw new UsageError(`--${name} takes a whole number from 1 to ${max}, not "${text}".`);
}

/** The help of a command. */
export function helpOf({ usage, about, options, more }: CommandSpec): string {
  const shown = [...options, HELP].map(({ name, value, short, about: text }) => ({
    flag: `${short === undefined ? '' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`,
    text,
  }));
  const width = Math.max(...shown.map(({ flag }) => flag.length)) + 2;
  return [
    ...usage.map((line, at) => `${at === 0 ? 'Usage:' : '      '} requite ${line}`),
    '',
    about,
    '',
    'Options:',
    ...shown.map(({ flag, text }) => `  ${flag.padEnd(width)}${text}`),
    ...(more === undefined ? [] : ['', more]),
    '',
  ].join('\n');
}
