import { parseArgs } from 'node:util';
import { parseLetterId } from '../../../core/mod.ts';
import { assertTaken, parsingError, UsageError } from '../topics/arguments.ts';
import type { LetterPosition } from './letters.ts';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 100_000;

/** Which letters; null: whatever they are. */
export interface LetterChoice {
  readonly reason: string | null;
  readonly topic: string | null;
  readonly after: LetterPosition | null;
  readonly limit: number;
  /** Also those that were replayed. */
  readonly all: boolean;
}

export type DeadLettersCommand =
  | { readonly name: 'help' }
  | { readonly name: 'list'; readonly choice: LetterChoice; readonly json: boolean }
  | { readonly name: 'show'; readonly place: LetterPosition }
  | ({ readonly name: 'replay'; readonly place: LetterPosition } & Replaying)
  | ({ readonly name: 'replay-many'; readonly choice: LetterChoice } & Replaying);

interface Replaying {
  readonly dryRun: boolean;
  readonly json: boolean;
}

const OPTIONS = {
  help: { type: 'boolean', short: 'h' },
  reason: { type: 'string' },
  topic: { type: 'string' },
  after: { type: 'string' },
  limit: { type: 'string' },
  all: { type: 'boolean' },
  json: { type: 'boolean' },
  'dry-run': { type: 'boolean' },
} as const;

const FILTERS = ['reason', 'topic', 'after', 'limit', 'all'] as const;
const TAKES: Readonly<Record<string, readonly string[]>> = {
  list: [...FILTERS, 'json'],
  show: [],
  replay: [...FILTERS, 'dry-run', 'json'],
};

/** What `--help` prints, before the settings. */
export const deadLettersUsage = `Usage: bun run dead-letters list [--reason R] [--topic T] [--after P/O] [--limit N] [--all] [--json]
       bun run dead-letters show P/O
       bun run dead-letters replay P/O [--dry-run] [--json]
       bun run dead-letters replay --reason R and/or --topic T [--after P/O] [--limit N] [--all] [--dry-run] [--json]

Looks after the records that were refused. It works on the log alone, the cluster of BROKERS or, without it, DATA_DIR,
whether services run or not. P/O are the partition and offset of a letter on dead-letters, as the list has them.

list    Those that nobody has replayed, by partition and offset (at most ${DEFAULT_LIMIT}; --limit up to ${MAX_LIMIT}).
        --reason, --topic  only those of this reason, or that came from this topic
        --all              also those that were replayed
        --json             a line of JSON for each

show    One of them as JSON: reason, origin, headers, and the record as it came.

replay  Puts it, or all that --reason and --topic choose, back to the topic that it came from, as it came: same key,
        value and headers, on its workflow's partition. What it was refused for should be mended before: else it comes
        back, as a new letter that names the one it is of. Replaying twice is harmless, as ids stay what they are.
        --dry-run          says what would be done
        --json             one JSON document: {dryRun, replayed, refused}

Exits with 0 when done, 1 where a letter is not there or can't be replayed, 2 for a command line or setting that can't
be used, 3 where the log can't be reached.
`;

/** Reads the words behind `bun run dead-letters`. Throws `UsageError`. */
export function readDeadLettersArguments(words: readonly string[]): DeadLettersCommand {
  const { values, positionals } = parsed(words);
  const [name, ...more] = positionals;
  if (values.help === true || words.length === 0) return { name: 'help' };
  assertTaken(name, values, TAKES);
  if (name === 'list') {
    if (more.length > 0) throw new UsageError(`"${more.join(' ')}" is too much: list takes options alone.`);
    return { name, choice: choiceOf(values), json: values.json === true };
  }
  if (name === 'show') return { name, place: placeOf(more, 'show') };
  return replayOf(values, more);
}

type Values = ReturnType<typeof parsed>['values'];

function replayOf(values: Values, more: readonly string[]): DeadLettersCommand {
  const how = { dryRun: values['dry-run'] === true, json: values.json === true };
  const isFiltered = FILTERS.some((option) => values[option] !== undefined);
  if (more.length > 0) {
    if (isFiltered) throw new UsageError('replay takes one letter (P/O) or a choice of them, not both.');
    return { name: 'replay', place: placeOf(more, 'replay'), ...how };
  }
  if (values.reason === undefined && values.topic === undefined)
    throw new UsageError('replay takes one letter (P/O), or those of a --reason or --topic.');
  return { name: 'replay-many', choice: choiceOf(values), ...how };
}

function choiceOf({ reason, topic, after, limit, all = false }: Values): LetterChoice {
  const most = limit === undefined ? DEFAULT_LIMIT : /^[1-9]\d{0,5}$/.test(limit) ? Number(limit) : 0;
  if (most < 1 || most > MAX_LIMIT)
    throw new UsageError(`--limit takes a whole number from 1 to ${MAX_LIMIT}, not "${limit}".`);
  const place = after === undefined ? null : parseLetterId(after);
  if (after !== undefined && place === null)
    throw new UsageError(`--after takes partition/offset, such as 2/17, not "${after}".`);
  return { reason: reason ?? null, topic: topic ?? null, after: place, limit: most, all };
}

function placeOf(words: readonly string[], command: string): LetterPosition {
  const [word = ''] = words;
  const place = words.length === 1 ? parseLetterId(word) : null;
  if (place === null)
    throw new UsageError(
      `${command} takes one letter as partition/offset, such as 2/17, not "${words.join(' ')}".`,
    );
  return place;
}

function parsed(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw parsingError(error);
  }
}
