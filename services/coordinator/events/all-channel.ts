// The readers of all runs' events.
import { movingOf } from '../routes/movement.ts';
import { runSummary } from '../routes/run-reply.ts';
import type { CoordinatorView } from '../view/index.ts';
import { hasEnded, type RunRow } from '../view/run-queries.ts';
import { type EventStream, eventFrame } from './event-stream.ts';
import { digestOf, positionText, type ReadPosition, reached } from './position.ts';
import type { Channel } from './streams.ts';

/** Of so many runs, those that changed last, the readers are told. */
const RUNS_MAX = 50;
/** That runs go on is told so often at most, in milliseconds; that one was accepted, or stands otherwise, at once. */
const PROGRESS_MS = 1_000;
/** How many characters of a digest tell a run as it stood from what it is now. */
const DIGEST_LENGTH = 8;

/** Somebody who follows all runs. */
interface Reader {
  readonly stream: EventStream;
  /** Digests of the runs as it was told of them. */
  told: ReadonlySet<string>;
  offsets: readonly number[];
}

/** A run as there is to tell of it. */
interface Summary {
  readonly digest: string;
  readonly data: string;
}

/** What there is to tell, made once for all readers. */
interface News {
  readonly runs: readonly Summary[];
  readonly told: ReadonlySet<string>;
  readonly offsets: readonly number[];
}

/** All runs, and who follows them. */
export class AllRunsChannel implements Channel {
  readonly #view: CoordinatorView;
  readonly #readers: Set<Reader> = new Set();
  #news: News = { runs: [], told: new Set(), offsets: [] };
  /** How the runs stood, whatever their counts. */
  #standing = '';
  #toldAtMs: number = Number.NEGATIVE_INFINITY;
  moves = false;

  constructor(view: CoordinatorView) {
    this.#view = view;
  }

  get isEmpty(): boolean {
    return this.#readers.size === 0;
  }

  /** Adds a reader; returns how to remove it. */
  add(stream: EventStream, from: ReadPosition | null): () => void {
    const told = new Set(from?.told.match(new RegExp(`.{${DIGEST_LENGTH}}`, 'g')));
    const reader: Reader = { stream, told, offsets: from?.offsets ?? [] };
    this.#readers.add(reader);
    return () => this.#readers.delete(reader);
  }

  tell(nowMs: number): boolean {
    this.#look(nowMs);
    const frames = new Map<ReadonlySet<string>, readonly Uint8Array[]>();
    for (const reader of [...this.#readers]) {
      const { stream, told, offsets } = reader;
      if (told === this.#news.told || !stream.hasRoom(nowMs) || !reached(this.#news.offsets, offsets))
        continue;
      // readers that keep up were told the same, and are so again
      const unread = frames.get(told) ?? framesSince(told, this.#news);
      frames.set(told, unread);
      for (const frame of unread) stream.send(frame, nowMs);
      reader.told = this.#news.told;
      reader.offsets = this.#news.offsets;
    }
    return false;
  }

  /** Looks what there is to tell, where it is time for that. */
  #look(nowMs: number): void {
    const rows = this.#view.runs.lastChanged(RUNS_MAX);
    const standing = rows.map(standingOf).sort().join('\n');
    const isEarly = standing === this.#standing && nowMs - this.#toldAtMs < PROGRESS_MS;
    this.moves = isEarly || !rows.every(hasEnded);
    if (isEarly) return;
    this.#standing = standing;
    this.#toldAtMs = nowMs;
    const runs = rows.map(summaryOf);
    const told = new Set(runs.map(({ digest }) => digest));
    const before = this.#news.told;
    const isSame = told.size === before.size && [...told].every((each) => before.has(each));
    // the same set again: whoever was told of it has nothing to be told
    this.#news = { runs, told: isSame ? before : told, offsets: this.#view.reportOffsets() };
  }
}

/** How a run stands, but for its counts and what changes with time. */
function standingOf(row: RunRow): string {
  const { standing } = movingOf(runSummary(row));
  const {
    requested: _r,
    waiting: _w,
    completed: _c,
    failed: _f,
    parked: _p,
    cancelled: _x,
    ...rest
  } = standing;
  return JSON.stringify(rest);
}

function summaryOf(row: RunRow): Summary {
  const summary = runSummary(row);
  const { standing, rate } = movingOf(summary);
  const digest = digestOf(JSON.stringify([standing, rate]))
    .padStart(DIGEST_LENGTH, '0')
    .slice(-DIGEST_LENGTH);
  return { digest, data: JSON.stringify(summary) };
}

/** The runs of which a reader was not told as they are. Only the last has an id: that of a reader who has read all. */
function framesSince(told: ReadonlySet<string>, { runs, told: now, offsets }: News): readonly Uint8Array[] {
  const id = positionText({ told: [...now].join(''), offsets });
  const unread = runs.filter(({ digest }) => !told.has(digest));
  return unread.map(({ data }, at) => eventFrame('run', at === unread.length - 1 ? id : null, data));
}
