import type { IncomingRecord } from '../../../../core/mod.ts';
import { grouped } from './grouped.ts';

/** Where reading stands in one partition: what has been fetched ahead, and from where to fetch next. */
export class Cursor {
  readonly topic: string;
  readonly partition: number;
  /** The next offset to ask the broker for. */
  fetchFrom: number;
  /** The offset after the last record that was delivered; where reading began, before the first. */
  delivered: number;
  paused = false;
  bytes = 0;
  #records: IncomingRecord[] = [];
  /** The next of them to deliver. */
  #at = 0;
  /** The end that the last fetch saw, where it found nothing before it. */
  #nothingUpTo: number | null = null;

  constructor(topic: string, partition: number, offset: number) {
    this.topic = topic;
    this.partition = partition;
    this.fetchFrom = offset;
    this.delivered = offset;
  }

  get buffered(): number {
    return this.#records.length - this.#at;
  }

  /** The next offset to deliver. */
  get next(): number {
    return this.#records[this.#at]?.offset ?? this.fetchFrom;
  }

  append(records: readonly IncomingRecord[], fetchFrom: number): void {
    this.#nothingUpTo = null;
    this.fetchFrom = fetchFrom;
    for (const record of records) {
      this.#records.push(record);
      this.bytes += sizeOf(record);
    }
  }

  /**
   * A fetch found nothing, and saw that all before `end` is decided. What compaction took from the end of a partition
   * leaves no batch that says so: a second fetch must find nothing before the first one's end, and then it is passed
   * over. (One alone may have looked before the end did.) Returns whether it has.
   */
  foundNothing(end: number): boolean {
    const before = this.#nothingUpTo;
    this.#nothingUpTo = end;
    if (before === null || before <= this.fetchFrom || end < before) return false;
    this.fetchFrom = before;
    this.#nothingUpTo = null;
    return true;
  }

  take(count: number): readonly IncomingRecord[] {
    const taken = this.#records.slice(this.#at, this.#at + count);
    this.#at += taken.length;
    const last = taken.at(-1);
    if (last !== undefined) this.delivered = last.offset + 1;
    for (const record of taken) this.bytes -= sizeOf(record);
    if (this.buffered === 0) this.#drop();
    else if (this.#at > this.buffered) this.#forgetTaken();
    return taken;
  }

  /** Goes to another offset; what was fetched ahead is thrown away. */
  seek(offset: number): void {
    this.#drop();
    this.fetchFrom = offset;
    this.delivered = Math.min(this.delivered, offset);
  }

  /** Once more are taken than left, so that no record is moved often, however small the parts are that come and go. */
  #forgetTaken(): void {
    this.#records.splice(0, this.#at);
    this.#at = 0;
  }

  #drop(): void {
    this.#records = [];
    this.#at = 0;
    this.#nothingUpTo = null;
    this.bytes = 0;
  }
}

const RECORD_OVERHEAD_BYTES = 100;

/** About what a record takes in memory, in bytes. */
function sizeOf({ key, value }: IncomingRecord): number {
  return (key?.length ?? 0) + (value?.length ?? 0) + RECORD_OVERHEAD_BYTES;
}

/** After so many batches without any, half of the next one is of the topics that come last. */
const PASSED_OVER = 3;

/** Takes what has been fetched from many cursors, so that none of them keeps another waiting for long. */
export class Turns {
  readonly #last: readonly string[];
  readonly #turnOfFirst: Turn = new Turn();
  readonly #turnOfLast: Turn = new Turn();
  /** Batches in a row that had nothing of the topics that come last, though there was some. */
  #passedOver = 0;

  /** See `JoinOptions.last`. */
  constructor(last: readonly string[] = []) {
    this.#last = last;
  }

  /** Up to `maxRecords`. The topics that are to come last get what the others leave, or half where they got nothing for long. */
  take(cursors: Iterable<Cursor>, maxRecords: number): IncomingRecord[] {
    const taken: IncomingRecord[] = [];
    const ready = [...cursors].filter((cursor) => !cursor.paused && cursor.buffered > 0);
    const last = ready.filter(({ topic }) => this.#last.includes(topic));
    const first = ready.filter(({ topic }) => !this.#last.includes(topic));
    const isOverdue = last.length > 0 && this.#passedOver >= PASSED_OVER;
    this.#turnOfFirst.take(first, isOverdue ? Math.floor(maxRecords / 2) : maxRecords, taken);
    const ofFirst = taken.length;
    this.#turnOfLast.take(last, maxRecords, taken);
    this.#passedOver = last.length > 0 && taken.length === ofFirst ? this.#passedOver + 1 : 0;
    return taken;
  }
}

/** Whose turn it is among the partitions. */
class Turn {
  /** The partition that the last batch began with. */
  #begunWith = -1;

  /**
   * Adds to `taken`, up to `maxRecords` in all, one partition's after the other's: the fewer partitions a batch has, the
   * fewer transactions it takes. Each batch begins with the partition after the one that the last batch began with.
   */
  take(cursors: readonly Cursor[], maxRecords: number, taken: IncomingRecord[]): void {
    const partitions = [...grouped(cursors, ({ partition }) => partition)].sort(
      ([one], [other]) => one - other,
    );
    const start = Math.max(
      0,
      partitions.findIndex(([partition]) => partition > this.#begunWith),
    );
    const inTurn = [...partitions.slice(start), ...partitions.slice(0, start)];
    if (taken.length < maxRecords) this.#begunWith = inTurn[0]?.[0] ?? this.#begunWith;
    for (const [, topics] of inTurn) {
      if (taken.length >= maxRecords) break;
      takeShares(topics, maxRecords, taken);
    }
  }
}

/** Adds to `taken`, up to `maxRecords` in all: from each cursor its share, and then what others have left of theirs. */
function takeShares(cursors: readonly Cursor[], maxRecords: number, taken: IncomingRecord[]): void {
  const fewestFirst = [...cursors].sort((one, other) => one.buffered - other.buffered);
  for (const [at, cursor] of fewestFirst.entries()) {
    const share = Math.ceil((maxRecords - taken.length) / (fewestFirst.length - at));
    for (const record of cursor.take(share)) taken.push(record);
  }
}
