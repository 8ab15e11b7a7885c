import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  type CloudEvent,
  checkedRules,
  choreographyTopics,
  diffRules,
  drawRules,
  type EventRule,
  EventRulesError,
  eventRules,
  type IncomingRecord,
  type RulesDiff,
  readCloudEvent,
  runningRules,
  type Transport,
  tableOfRules,
} from '../../core/mod.ts';
import { openBacking } from '../platform/backing.ts';
import { logSettingsHelp, readSettings } from '../platform/config.ts';
import { endsOf, readToEnd } from '../platform/read-to-end.ts';
import { UsageError } from '../platform/topics/arguments.ts';
import { asCalled, EXIT, type Surroundings } from './command.ts';

const PAGE = resolve(import.meta.dirname, '..', '..', 'docs', 'choreography.md');
const DEFAULT_LAST = 1_000;
const MAX_LAST = 100_000;

const usage = `Usage: bun run rules show|diff|draw [--rules FILE] [--last N] [--write] [--json]

  show   the rules of this checkout (core/choreography/rules.ts): which events go to whom
  diff   what they would do to the system that runs: which targets gain and lose which events, also counted over
         the last N events on the bus (default ${DEFAULT_LAST}); ends with 1 where something would change
  draw   the rules as a Mermaid flow chart; --write puts it and the table into docs/choreography.md

  --rules FILE   other rules, as JSON, in place of the checkout's
  --json         show and diff as one JSON document; show prints what --rules takes

Exits with 0 when done, 1 where diff would change something, 2 for a command line, setting or rules that can't be used,
3 where there is no log, or no service has told its rules.

${logSettingsHelp('EVENTBUS_NAME')}
`;

interface Command {
  readonly name: string;
  readonly file: string | null;
  readonly last: number;
  readonly isWritten: boolean;
  readonly json: boolean;
}

function commandOf(words: readonly string[]): Command {
  const [name = 'help', ...rest] = words;
  if ([name, ...rest].some((word) => word === '--help' || word === '-h'))
    return { name: 'help', file: null, last: 0, isWritten: false, json: false };
  let file: string | null = null;
  let last = DEFAULT_LAST;
  let isWritten = false;
  let json = false;
  for (let at = 0; at < rest.length; at++) {
    const word = rest[at];
    if (word === '--rules') file = rest[++at] ?? '';
    else if (word === '--last') last = Number(rest[++at]);
    else if (word === '--write') isWritten = true;
    else if (word === '--json') json = true;
    else throw new UsageError(`"${word}" means nothing here.`);
  }
  if (file === '') throw new UsageError('--rules needs a file.');
  if (!Number.isInteger(last) || last < 0 || last > MAX_LAST)
    throw new UsageError(`--last needs a whole number up to ${MAX_LAST}.`);
  return { name, file, last, isWritten, json };
}

/** The rules of the file, or the checkout's. Throws `EventRulesError`. */
function rulesOf(file: string | null): readonly EventRule[] {
  if (file === null) return checkedRules(eventRules);
  try {
    return checkedRules(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    if (error instanceof EventRulesError) throw new UsageError(error.message, { cause: error });
    throw new UsageError(`${file} can't be read as JSON: ${error instanceof Error ? error.message : ''}`, {
      cause: error,
    });
  }
}

/** The last records of each partition, in the order of their times; none where there is no such topic. */
async function lastRecords(transport: Transport, topic: string, last: number): Promise<IncomingRecord[]> {
  const ends = await endsOf(transport, topic);
  if (ends === null) return [];
  const from = (_: string, partition: number): number => Math.max(0, (ends[partition] ?? 0) - last);
  const found: IncomingRecord[] = [];
  for await (const records of readToEnd(transport, new Map([[topic, ends]]), { from, maxRecords: 1_000 }))
    found.push(...records);
  return found.sort((one, other) => one.timestampMs - other.timestampMs).slice(-last);
}

async function diff({ file, last, json }: Command, surroundings: Surroundings): Promise<number> {
  const { environment, onTerminal, out, err } = surroundings;
  const settings = readSettings(environment, onTerminal.out);
  if (settings.kafka === null && !existsSync(join(settings.dataDir, 'requite.db'))) {
    err(
      `There is no log in ${settings.dataDir}: set DATA_DIR to where the services keep theirs, or BROKERS to their cluster.\n`,
    );
    return EXIT.notReached;
  }
  const wanted = rulesOf(file);
  // nothing is kept: no job store of the system's is opened beside a broker
  const backing = await openBacking({
    ...settings,
    jobStore: settings.kafka === null ? settings.jobStore : 'memory',
  });
  try {
    const { transport } = backing;
    const running = runningRules(await lastRecords(transport, choreographyTopics.eventRules, MAX_LAST));
    if (running.size === 0) {
      err('No service has told its rules yet: start bun run services choreography.\n');
      return EXIT.notReached;
    }
    const events = (await lastRecords(transport, settings.eventBus, last)).flatMap((record): CloudEvent[] => {
      const read = readCloudEvent(record);
      return read.kind === 'event' ? [read.event] : [];
    });
    const found = diffRules(running, wanted, events);
    out(json ? `${JSON.stringify(found, null, 2)}\n` : diffText(found, events.length, settings.eventBus));
    return found.added.length + found.removed.length + found.changed.length + found.reach.length === 0
      ? 0
      : 1;
  } finally {
    await backing.close();
  }
}

function diffText({ added, removed, changed, reach, silent }: RulesDiff, count: number, bus: string): string {
  const rules = [
    ...added.map((name) => `+ ${name}`),
    ...removed.map((name) => `- ${name}`),
    ...changed.map((name) => `~ ${name}`),
  ];
  const lines = reach.map(({ target, source, type, before, after, gained, lost }) => {
    const counts = [gained > 0 ? `gains ${gained}` : '', lost > 0 ? `loses ${lost}` : ''].filter(Boolean);
    const counted = counts.length === 0 ? 'none of them was among those' : counts.join(', ');
    return `  ${target}: takes ${before} → ${after} of ${type} from ${source}; ${counted}`;
  });
  return [
    ...(rules.length === 0 ? ['The rules are those that the services run with.'] : ['Rules:', ...rules]),
    ...(lines.length === 0
      ? ['Nobody would take other events than now.']
      : ['', `Targets, counted over the last ${count} events on ${bus}:`, ...lines]),
    ...(silent.length === 0
      ? []
      : ['', `Not heard of, so counted as taking nothing now: ${silent.join(', ')}`]),
    '',
  ].join('\n');
}

/** The page with the picture and the table of these rules between its marks. */
function pageWith(page: string, rules: readonly EventRule[]): string {
  const block = `<!-- rules -->\n\n\`\`\`mermaid\n${drawRules(rules)}\`\`\`\n\n${tableOfRules(rules)}\n<!-- /rules -->`;
  const marked = /<!-- rules -->[\s\S]*<!-- \/rules -->/;
  if (!marked.test(page)) throw new UsageError(`${PAGE} has no marks <!-- rules --> and <!-- /rules -->`);
  return page.replace(marked, () => block);
}

/** Carries out `rules`. */
export async function rules(words: readonly string[], surroundings: Surroundings): Promise<number> {
  const { called, out } = surroundings;
  const command = commandOf(words);
  switch (command.name) {
    case 'show':
      out(
        command.json
          ? `${JSON.stringify(rulesOf(command.file), null, 2)}\n`
          : tableOfRules(rulesOf(command.file)),
      );
      return EXIT.done;
    case 'diff':
      return await diff(command, surroundings);
    case 'draw': {
      const rules = rulesOf(command.file);
      if (!command.isWritten) out(drawRules(rules));
      else writeFileSync(PAGE, pageWith(readFileSync(PAGE, 'utf8'), rules));
      return EXIT.done;
    }
    case 'help':
      out(asCalled(usage, called));
      return words.length === 0 ? EXIT.usage : EXIT.done;
    default:
      throw new UsageError(`There is no command "${command.name}": choose among show, diff, draw.`);
  }
}
