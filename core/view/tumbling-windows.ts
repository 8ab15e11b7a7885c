import { eventTime, lengthOf, limitOpen, type WindowAggregate } from './session-windows.ts';

export interface TumblingDefinition<V, A> extends Pick<WindowAggregate<V, A>, 'initial' | 'add'> {
  /** The length of each window, in milliseconds; they begin at its multiples, counted from 1970 UTC. */
  readonly sizeMs: number;
  /** A window takes events until the stream time is this beyond its end; in milliseconds. */
  readonly graceMs: number;
}

/** A window: the times from `startMs` to `lastMs`, both included, in milliseconds of event time. */
export interface TumblingWindow<A> {
  readonly startMs: number;
  /** `startMs + sizeMs - 1`, but where that is beyond the safe integers: then the largest of them. */
  readonly lastMs: number;
  readonly aggregate: A;
}

/** The windows of one key, as they are to be kept; JSON. */
export interface TumblingState<A> {
  /** The latest event time seen, in milliseconds. */
  readonly streamTimeMs: number;
  /** Those with an event in them, by start. */
  readonly open: readonly TumblingWindow<A>[];
}

/** What an event did to the windows of its key. */
export interface TumblingAdded<A> {
  /** To be kept in place of what was given. */
  readonly windows: TumblingState<A>;
  /** The event's window; null: the event is late, its window is closed, and it changed nothing. */
  readonly window: TumblingWindow<A> | null;
  /** What the event closed by moving the stream time on: final, and not kept any longer. */
  readonly closed: readonly TumblingWindow<A>[];
}

/** Puts events into the windows of their keys. */
export interface TumblingWindows<V, A> {
  /**
   * Adds an event at `timeMs`, any safe integer, to the windows of its key (undefined: there are none yet). Throws
   * `RangeError` for what is no safe integer.
   */
  add(windows: TumblingState<A> | undefined, timeMs: number, value: V): TumblingAdded<A>;
}

/**
 * Tumbling windows: all of one size, side by side, each event in one of them. As in Kafka Streams a window's end is
 * not in it, and the window closes as soon as the stream time is its end and the grace; unlike there, times before
 * 1970 have windows too.
 *
 * In whatever order events come, each no more than the grace behind the stream time: the windows end up the same.
 *
 * At most grace / size + 2 windows of a key are open. Throws `RangeError` where that is more than 10,000, for a size of
 * 0, and for times that are no whole milliseconds or negative.
 */
export function tumblingWindows<V, A>(definition: TumblingDefinition<V, A>): TumblingWindows<V, A> {
  const { sizeMs, graceMs, initial, add } = definition;
  lengthOf('sizeMs and graceMs', sizeMs, graceMs);
  if (sizeMs === 0) throw new RangeError('sizeMs must be 1 at least');
  limitOpen(graceMs / sizeMs + 2);
  return {
    add: (windows, time, value) => {
      const timeMs = eventTime(time);
      const streamTimeMs = Math.max(windows?.streamTimeMs ?? timeMs, timeMs);
      const isOpen = ({ lastMs }: TumblingWindow<A>): boolean => streamTimeMs - lastMs <= graceMs;
      const open = windows?.open ?? [];
      const bounds = boundsOf(timeMs, sizeMs);
      const known = open.find(({ startMs }) => startMs === bounds.startMs);
      const window = { ...bounds, aggregate: add(known === undefined ? initial : known.aggregate, value) };
      if (!isOpen(window)) return { windows: { streamTimeMs, open }, window: null, closed: [] };
      const others = open.filter((each) => each !== known);
      const kept = [...others.filter(isOpen), window].sort((one, other) => one.startMs - other.startMs);
      return {
        windows: { streamTimeMs, open: kept },
        window,
        closed: others.filter((each) => !isOpen(each)),
      };
    },
  };
}

function boundsOf(timeMs: number, sizeMs: number): { readonly startMs: number; readonly lastMs: number } {
  const rest = timeMs % sizeMs;
  const sinceStart = rest < 0 ? rest + sizeMs : rest;
  // there is no time beyond the safe integers, so cutting a window there takes nothing from it
  return {
    startMs: Math.max(Number.MIN_SAFE_INTEGER, timeMs - sinceStart) + 0,
    lastMs: Math.min(Number.MAX_SAFE_INTEGER, timeMs + (sizeMs - 1 - sinceStart)),
  };
}
