// Dead letters as they lie on their topic, and how they are put back to where they came from.
import {
  type IncomingRecord,
  isoTime,
  letterId,
  type OutgoingRecord,
  type Position,
  readOrigin,
  replayOf,
  type Transport,
  TransportError,
  topics,
} from '../../../core/mod.ts';
import { endsOf, readToEnd } from '../read-to-end.ts';

const TOPIC = topics.deadLetters;
/** Letters can be large: so many are in memory at once. */
const BATCH = 50;

/** Where a dead letter lies. */
export type LetterPosition = Pick<Position, 'partition' | 'offset'>;

/** The letter at this position; null where there is none (any more). */
export async function readLetter(
  transport: Transport,
  { partition, offset }: LetterPosition,
): Promise<IncomingRecord | null> {
  for await (const letters of lettersOf(transport, partition, offset, offset + 1)) return letters[0] ?? null;
  return null;
}

/** The letters of a partition from `from` up to `before`, or to the end as it is now, a few at a time. */
export async function* lettersOf(
  transport: Transport,
  partition: number,
  from: number,
  before: number = Number.MAX_SAFE_INTEGER,
): AsyncGenerator<readonly IncomingRecord[]> {
  const ends = (await transport.endOffsets(TOPIC)).map((end) => Math.min(before, end));
  yield* readToEnd(transport, new Map([[TOPIC, ends]]), {
    partitions: [partition],
    from: () => from,
    maxRecords: BATCH,
  });
}

/** A letter that can't be replayed, and why. */
interface RefusedReplay extends LetterPosition {
  readonly code: string;
  readonly detail: string;
}

/** A letter that was replayed, or would be: where it goes. */
interface ReplayedLetter extends LetterPosition {
  readonly topic: string;
  readonly to: number;
}

export interface Replayed {
  readonly replayed: readonly ReplayedLetter[];
  readonly refused: readonly RefusedReplay[];
}

/** What became of several parts. */
export const together = (parts: readonly Replayed[]): Replayed => ({
  replayed: parts.flatMap(({ replayed }) => replayed),
  refused: parts.flatMap(({ refused }) => refused),
});

/** Puts letters back to where they came from, and marks them. It knows the partition counts that it has asked for. */
export class Replayer {
  readonly #transport: Transport;
  readonly #now: () => number;
  readonly #partitions: Map<string, number> = new Map();

  constructor(transport: Transport, now: () => number) {
    this.#transport = transport;
    this.#now = now;
  }

  /**
   * Replays these letters; a dry run only says what would be. The records are durable before their marks are: a crash in
   * between leaves letters that don't look replayed, and replaying them again is harmless.
   */
  async replay(letters: readonly IncomingRecord[], isDry = false): Promise<Replayed> {
    const { replayed, refused, records, marks } = await this.#plan(letters);
    if (isDry || records.length === 0) return { replayed, refused };
    try {
      await this.#transport.publish(records);
    } catch (error) {
      if (!(error instanceof TransportError && error.code === 'record-too-large')) throw error;
      return await this.#oneByOne(letters, error);
    }
    await this.#transport.publish(marks);
    return { replayed, refused };
  }

  /** One of them is too large for its topic, and only that one stays. */
  async #oneByOne(letters: readonly IncomingRecord[], error: TransportError): Promise<Replayed> {
    const [only] = letters;
    if (letters.length > 1) {
      const each: Replayed[] = [];
      for (const letter of letters) each.push(await this.replay([letter]));
      return together(each);
    }
    if (only === undefined) throw error;
    const { partition, offset } = only;
    return { replayed: [], refused: [{ partition, offset, code: 'too-large', detail: error.message }] };
  }

  async #plan(letters: readonly IncomingRecord[]) {
    const replayed: ReplayedLetter[] = [];
    const refused: RefusedReplay[] = [];
    const records: OutgoingRecord[] = [];
    const marks: OutgoingRecord[] = [];
    for (const letter of letters) {
      const { partition, offset } = letter;
      const { topic } = readOrigin(letter);
      const replay = replayOf(letter, await this.#partitionsOf(topic), isoTime(this.#now()));
      if (!replay.ok) {
        refused.push({ partition, offset, code: replay.code, detail: replay.detail });
        continue;
      }
      replayed.push({ partition, offset, topic, to: replay.record.partition });
      records.push(replay.record);
      marks.push(replay.mark);
    }
    return { replayed, refused, records, marks };
  }

  async #partitionsOf(topic: string): Promise<number | null> {
    const known = this.#partitions.get(topic);
    if (known !== undefined) return known;
    const isName = /^[A-Za-z0-9._-]{1,249}$/.test(topic);
    const found = isName ? await endsOf(this.#transport, topic) : null;
    // a letter can name any topic, also one that was never there; it may be made meanwhile
    if (found === null) return null;
    this.#partitions.set(topic, found.length);
    return found.length;
  }
}

/** A payload as JSON shows it: text as it is, bytes that are no text in base64. */
export function shownPayload(payload: IncomingRecord['value']): string | null | { readonly base64: string } {
  return payload instanceof Uint8Array ? { base64: Buffer.from(payload).toString('base64') } : payload;
}

/** A letter with all that there is of it. */
export function wholeLetter(letter: IncomingRecord): Readonly<Record<string, unknown>> {
  const { partition, offset, timestampMs, headers, key, value } = letter;
  const { reason, detail, ...origin } = readOrigin(letter);
  return {
    id: letterId(letter),
    partition,
    offset,
    time: isoTime(timestampMs),
    reason,
    detail,
    origin,
    headers,
    key: shownPayload(key),
    value: shownPayload(value),
  };
}
