import {
  type IncomingRecord,
  isoTime,
  letterId,
  parseLetterId,
  printable,
  REPLAY_HEADER,
  readOrigin,
  type Transport,
  topicSpecs,
  topics,
} from '../../../core/mod.ts';
import type { Settings } from '../config.ts';
import { endsOf, readToEnd } from '../read-to-end.ts';
import { type CommandOutput, onLog } from '../topics/on-log.ts';
import { plural, table } from '../topics/table.ts';
import type { DeadLettersCommand, LetterChoice } from './arguments.ts';
import {
  lettersOf,
  type Replayed,
  Replayer,
  readLetter,
  shownPayload,
  together,
  wholeLetter,
} from './letters.ts';

const BATCH = 1_000;
const MAX_CELL = 80;

/** Carries out `bun run dead-letters …`, and returns the exit code. */
export function runDeadLetters(
  command: DeadLettersCommand,
  settings: Settings,
  output: CommandOutput,
): Promise<number> {
  return onLog(settings, output, (transport) => carry(command, transport, output));
}

type ReplayCommand = Extract<DeadLettersCommand, { name: 'replay' }>;

async function carry(
  command: DeadLettersCommand,
  transport: Transport,
  output: CommandOutput,
): Promise<number> {
  switch (command.name) {
    case 'help':
      return 0;
    case 'list':
      return await list(transport, command.choice, command.json, output);
    case 'show': {
      const letter = await readLetter(transport, command.place);
      if (letter === null) return noSuchLetter(command.place, output);
      output.out(`${JSON.stringify(wholeLetter(letter), null, 2)}\n`);
      return 0;
    }
    case 'replay': {
      const letter = await readLetter(transport, command.place);
      if (letter === null) return noSuchLetter(command.place, output);
      const replayer = await openReplayer(transport, command.dryRun);
      return told([await replayer.replay([letter], command.dryRun)], command, output);
    }
    case 'replay-many': {
      const replayer = await openReplayer(transport, command.dryRun);
      const parts: Replayed[] = [];
      for await (const letters of chosenLetters(transport, command.choice))
        parts.push(await replayer.replay(letters, command.dryRun));
      return told(parts, command, output);
    }
    default:
      return command satisfies never;
  }
}

/** A replayer, with the topic for its marks, which a log that is older than replays doesn't have. */
async function openReplayer(transport: Transport, isDry: boolean): Promise<Replayer> {
  if (!isDry) {
    const partitions = (await transport.endOffsets(topics.deadLetters)).length;
    const marks = topicSpecs(partitions).filter(({ name }) => name === topics.deadLetterReplays);
    await transport.createTopics(marks);
  }
  return new Replayer(transport, Date.now);
}

/** The letters that are chosen, a few at a time, by partition and offset; at most as many as the choice says. */
async function* chosenLetters(
  transport: Transport,
  { reason, topic, after, limit, all }: LetterChoice,
): AsyncGenerator<readonly IncomingRecord[]> {
  const replayed = all ? null : await replayedLetters(transport);
  const isChosen = (letter: IncomingRecord): boolean => {
    const origin = readOrigin(letter);
    if (reason !== null && origin.reason !== reason) return false;
    if (topic !== null && origin.topic !== topic) return false;
    return replayed?.get(letter.partition)?.has(letter.offset) !== true;
  };
  const { length } = await transport.endOffsets(topics.deadLetters);
  let left = limit;
  for (let partition = after?.partition ?? 0; partition < length; partition++) {
    const from = partition === after?.partition ? after.offset + 1 : 0;
    for await (const letters of lettersOf(transport, partition, from)) {
      const chosen = letters.filter(isChosen).slice(0, left);
      left -= chosen.length;
      if (chosen.length > 0) yield chosen;
      if (left === 0) return;
    }
  }
}

/** The offsets of the letters that were replayed, by partition. */
async function replayedLetters(transport: Transport): Promise<ReadonlyMap<number, ReadonlySet<number>>> {
  const found = new Map<number, Set<number>>();
  const topic = topics.deadLetterReplays;
  const ends = await endsOf(transport, topic);
  if (ends === null) return found; // a log that is older than replays has none
  for await (const marks of readToEnd(transport, new Map([[topic, ends]]), { maxRecords: BATCH })) {
    for (const { key } of marks) {
      const place = typeof key === 'string' ? parseLetterId(key) : null;
      if (place === null) continue;
      const offsets = found.get(place.partition) ?? new Set();
      found.set(place.partition, offsets.add(place.offset));
    }
  }
  return found;
}

async function list(
  transport: Transport,
  choice: LetterChoice,
  json: boolean,
  { out, err }: CommandOutput,
): Promise<number> {
  const rows: (readonly string[])[] = [];
  let last: IncomingRecord | null = null;
  let listed = 0;
  for await (const letters of chosenLetters(transport, choice)) {
    listed += letters.length;
    last = letters.at(-1) ?? last;
    for (const letter of letters) {
      if (json) out(`${JSON.stringify(briefLetter(letter))}\n`);
      else rows.push(cells(letter));
    }
  }
  if (!json) out(rows.length === 0 ? 'There are none.\n' : `${table(COLUMNS, rows)}\n`);
  if (listed === choice.limit && last !== null)
    err(`There may be more: --after ${letterId(last)} goes on behind these.\n`);
  return 0;
}

const COLUMNS = ['LETTER', 'WHEN', 'REASON', 'FROM', 'KEY', 'DETAIL'].map(
  (title) => ({ title, align: 'left' }) as const,
);

function briefLetter(letter: IncomingRecord): Readonly<Record<string, unknown>> {
  const { reason, detail, ...origin } = readOrigin(letter);
  const { timestampMs, key, headers } = letter;
  const replayOf = headers[REPLAY_HEADER] ?? null;
  return {
    id: letterId(letter),
    time: isoTime(timestampMs),
    reason,
    detail,
    origin,
    key: shownPayload(key),
    replayOf,
  };
}

function cells(letter: IncomingRecord): readonly string[] {
  const { reason, detail, topic, partition, offset } = readOrigin(letter);
  const from = partition === null ? topic : `${topic} ${partition}/${offset}`;
  const { timestampMs, key, headers } = letter;
  const again = headers[REPLAY_HEADER] === undefined ? '' : `replay of ${headers[REPLAY_HEADER]}: `;
  const named = typeof key === 'string' ? key : key === null ? '-' : '(bytes)';
  return [letterId(letter), isoTime(timestampMs), reason, from, named, again + detail].map((text) =>
    printable(text.slice(0, MAX_CELL)),
  );
}

function told(
  parts: readonly Replayed[],
  { dryRun: isDry, json }: Pick<ReplayCommand, 'dryRun' | 'json'>,
  { out, err }: CommandOutput,
): number {
  const { replayed, refused } = together(parts);
  if (json) {
    out(`${JSON.stringify({ dryRun: isDry, replayed, refused }, null, 2)}\n`);
    return refused.length === 0 ? 0 : 1;
  }
  const verb = isDry ? 'would go' : 'went';
  for (const { topic, to, ...place } of replayed)
    out(`${letterId(place)} ${verb} to ${printable(topic)}, partition ${to}\n`);
  for (const { detail, ...place } of refused) err(`${letterId(place)} stays: ${printable(detail)}\n`);
  out(
    `${plural(replayed.length, 'letter')} ${isDry ? 'would be replayed' : 'replayed'}, ${refused.length} refused\n`,
  );
  return refused.length === 0 ? 0 : 1;
}

function noSuchLetter(place: { partition: number; offset: number }, { err }: CommandOutput): number {
  err(
    `There is no dead letter ${letterId(place)} (any more): bun run dead-letters list shows what there is.\n`,
  );
  return 1;
}
