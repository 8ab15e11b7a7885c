// All streams of events of a coordinator: how many there may be, when they are told what is new, and how they end.
import { unavailable } from '../../platform/http/index.ts';
import { EventStream } from './event-stream.ts';

/** What keeps streams from costing too much. Times in milliseconds. */
export interface StreamLimits {
  /** Streams that may be open at once. */
  readonly streams: number;
  /** What is new is told so often at most. */
  readonly everyMs: number;
  /** After so long without an event a comment is sent. */
  readonly heartbeatMs: number;
  /** A reader that has not read on for so long is cut off. */
  readonly fullMs: number;
  /** A stream ends after so long, and its reader comes again: with a token that is still good, where one is asked for. */
  readonly lifeMs: number;
}

export const STREAM_LIMITS: StreamLimits = {
  streams: 2_000,
  everyMs: 200,
  heartbeatMs: 15_000,
  fullMs: 30_000,
  lifeMs: 15 * 60_000,
};

/** How often time alone is looked at, in milliseconds. */
const CLOCK_MS = 1_000;

/** What streams are about: tells its readers what is new. */
export interface Channel {
  /** Whether the readers may be told something though the view has not changed: rates sink with time. */
  readonly moves: boolean;
  /** Tells each reader what it has not been told; true where there was too much for once. */
  tell(nowMs: number): boolean;
}

export interface EventStreamsOptions {
  /** Calls after each change of the view; returns how to end that. */
  readonly onApplied: (listener: () => void) => () => void;
  readonly limits?: StreamLimits;
  readonly onCut?: () => void;
}

/** The open streams, and the clock that they share. */
export class EventStreams {
  readonly #limits: StreamLimits;
  readonly #onCut: () => void;
  readonly #streams: Set<EventStream> = new Set();
  readonly #channels: Set<Channel> = new Set();
  readonly #stopListening: () => void;
  #clock: ReturnType<typeof setInterval> | null = null;
  #next: ReturnType<typeof setTimeout> | null = null;
  #toldAtMs: number = Number.NEGATIVE_INFINITY;
  #isStopped = false;

  constructor({ onApplied, limits = STREAM_LIMITS, onCut = () => {} }: EventStreamsOptions) {
    this.#limits = limits;
    this.#onCut = onCut;
    this.#stopListening = onApplied(() => this.#tellSoon());
  }

  /** How many are open. */
  get open(): number {
    return this.#streams.size;
  }

  /** Begins a stream. Throws a 503 where there are too many, or the service stops. */
  begin(signal: AbortSignal, onClosed: () => void): EventStream {
    if (this.#isStopped)
      throw unavailable('stopping', 'This coordinator stops: ask again, another one answers.');
    if (this.#streams.size >= this.#limits.streams) {
      const detail = `${this.#limits.streams} streams of events are open already: ask again in a few seconds, or read GET /runs/:runId now and then.`;
      throw unavailable('too-many-streams', detail);
    }
    const stream = new EventStream({
      nowMs: performance.now(),
      signal,
      onRoom: () => this.#tellSoon(),
      onClosed: () => {
        this.#streams.delete(stream);
        if (this.#streams.size === 0) this.#rest();
        onClosed();
      },
    });
    this.#streams.add(stream);
    this.#clock ??= setInterval(() => this.#tick(), CLOCK_MS);
    return stream;
  }

  /** Tells the channel's readers now, and from now on what is new. */
  follow(channel: Channel): void {
    this.#channels.add(channel);
    if (channel.tell(performance.now())) this.#tellSoon();
  }

  /** Ends with that. */
  leave(channel: Channel): void {
    this.#channels.delete(channel);
  }

  /** Ends all streams: their readers come again, elsewhere. */
  stop(): void {
    this.#isStopped = true;
    this.#stopListening();
    for (const stream of [...this.#streams]) stream.end();
    this.#rest();
  }

  #rest(): void {
    if (this.#clock !== null) clearInterval(this.#clock);
    if (this.#next !== null) clearTimeout(this.#next);
    this.#clock = null;
    this.#next = null;
  }

  #tellSoon(): void {
    if (this.#next !== null || this.#streams.size === 0) return;
    const waitMs = Math.max(0, this.#toldAtMs + this.#limits.everyMs - performance.now());
    this.#next = setTimeout(() => this.#tell(), waitMs);
  }

  #tell(): void {
    this.#next = null;
    const nowMs = performance.now();
    this.#toldAtMs = nowMs;
    let isMore = false;
    for (const channel of [...this.#channels]) isMore = channel.tell(nowMs) || isMore;
    if (isMore) this.#tellSoon();
  }

  #tick(): void {
    const nowMs = performance.now();
    const { heartbeatMs, fullMs, lifeMs } = this.#limits;
    for (const stream of [...this.#streams]) {
      if (stream.fullMs(nowMs) > fullMs) {
        this.#onCut();
        stream.cut();
      } else if (nowMs - stream.openedAtMs > lifeMs) stream.end();
      else stream.keepAlive(nowMs, heartbeatMs);
    }
    if ([...this.#channels].some(({ moves }) => moves)) this.#tellSoon();
  }
}
