// Windows on event time. The terms and their edges are Kafka Streams' (SessionWindows and TimeWindows with
// ofInactivityGapAndGrace and ofSizeAndGrace); each key has its windows and its stream time for itself.

/** How the values of a window become one. The aggregate has to survive JSON. */
export interface WindowAggregate<V, A> {
  /** Of no value at all: merged with another it changes nothing. */
  readonly initial: A;
  add(aggregate: A, value: V): A;
  /** The aggregate of both windows' values; in whatever order they come, the same. */
  merge(one: A, other: A): A;
}

/** At most so many windows of one key can be open at once: what would allow more is refused. */
const OPEN_WINDOWS_MAX = 10_000;

export interface SessionDefinition<V, A> extends WindowAggregate<V, A> {
  /** Events at most so many milliseconds apart are of one session (so much exactly included). */
  readonly gapMs: number;
  /** A session takes events until the stream time is more than this, and the gap, beyond its end; in milliseconds. */
  readonly graceMs: number;
}

/** A session: the events from `startMs` to `endMs`, both included, in milliseconds of event time. */
export interface Session<A> {
  readonly startMs: number;
  readonly endMs: number;
  readonly aggregate: A;
}

/** The sessions of one key, as they are to be kept; JSON. */
export interface Sessions<A> {
  /** The latest event time seen, in milliseconds. */
  readonly streamTimeMs: number;
  /** By start; more than the gap lies between one and the next. */
  readonly open: readonly Session<A>[];
}

/** What an event did to the sessions of its key. */
export interface SessionAdded<A> {
  /** To be kept in place of what was given. */
  readonly sessions: Sessions<A>;
  /** The session that the event is of now; null: the event is late, its session is closed, and it changed nothing. */
  readonly session: Session<A> | null;
  /** What the event closed by moving the stream time on: final, and not kept any longer. */
  readonly closed: readonly Session<A>[];
}

/** Puts events into the sessions of their keys. */
export interface SessionWindows<V, A> {
  /**
   * Adds an event at `timeMs`, any safe integer, to the sessions of its key (undefined: there are none yet). Throws
   * `RangeError` for what is no safe integer.
   */
  add(sessions: Sessions<A> | undefined, timeMs: number, value: V): SessionAdded<A>;
}

/**
 * Session windows: events of a key that follow each other within a gap of inactivity. An event touches each session
 * that it is at most the gap away from, and makes one of all of them.
 *
 * In whatever order events come, each no more than the grace behind the stream time: the sessions end up the same. One
 * that is further behind counts as long as a session that it touches is open, else it is late.
 *
 * At most (gap + grace) / (gap + 1) + 1 sessions of a key are open. Throws `RangeError` where that is more than 10,000,
 * and for times that are no whole milliseconds or negative.
 */
export function sessionWindows<V, A>(definition: SessionDefinition<V, A>): SessionWindows<V, A> {
  const { gapMs, graceMs, initial, add, merge } = definition;
  const keptMs = lengthOf('gapMs and graceMs', gapMs, graceMs);
  limitOpen(keptMs / (gapMs + 1));
  return {
    add: (sessions, time, value) => {
      const timeMs = eventTime(time);
      const streamTimeMs = Math.max(sessions?.streamTimeMs ?? timeMs, timeMs);
      // differences, not sums: far from 1970 a sum is no safe integer, and a difference errs only where it is huge
      const isOpen = ({ endMs }: Session<A>): boolean => streamTimeMs - endMs <= keptMs;
      const touches = ({ startMs, endMs }: Session<A>): boolean =>
        startMs - timeMs <= gapMs && timeMs - endMs <= gapMs;
      const open = sessions?.open ?? [];
      const touched = open.filter(touches);
      const session = {
        startMs: Math.min(timeMs, ...touched.map(({ startMs }) => startMs)),
        endMs: Math.max(timeMs, ...touched.map(({ endMs }) => endMs)),
        aggregate: add(
          touched.reduce((total, { aggregate }) => merge(total, aggregate), initial),
          value,
        ),
      };
      // what it touches is open: a late event stands alone
      if (!isOpen(session)) return { sessions: { streamTimeMs, open }, session: null, closed: [] };
      const others = open.filter((each) => !touches(each));
      const kept = [...others.filter(isOpen), session].sort((one, other) => one.startMs - other.startMs);
      return {
        sessions: { streamTimeMs, open: kept },
        session,
        closed: others.filter((each) => !isOpen(each)),
      };
    },
  };
}

/** The sum of lengths of time, in milliseconds. Throws `RangeError` where one is none. */
export function lengthOf(what: string, ...lengths: readonly number[]): number {
  const sum = lengths.reduce((total, each) => total + each, 0);
  if (lengths.some((each) => !Number.isSafeInteger(each) || each < 0) || !Number.isSafeInteger(sum))
    throw new RangeError(`${what} must be whole milliseconds from 0 up, and their sum a safe integer`);
  return sum;
}

/** Throws `RangeError` where so many windows of a key can be open that its state would not be bounded by much. */
export function limitOpen(windows: number): void {
  if (windows > OPEN_WINDOWS_MAX)
    throw new RangeError(
      `a key could have more than ${OPEN_WINDOWS_MAX} open windows: take longer windows, or a shorter grace`,
    );
}

/** The time of an event, in milliseconds. Throws `RangeError` where it is no safe integer. */
export function eventTime(timeMs: number): number {
  if (!Number.isSafeInteger(timeMs))
    throw new RangeError(`an event's time must be whole milliseconds, a safe integer; it is ${timeMs}`);
  return timeMs + 0; // JSON knows no negative zero
}
