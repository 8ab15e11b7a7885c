// One reader's stream of server-sent events (HTML Living Standard, 9.2), with a bound on what is kept for the reader.

/** At most about so many bytes wait here for a reader; beyond it nothing is added until it has read. */
const BUFFER_BYTES = 64 * 1024;
/** How long a browser waits before it comes again, in milliseconds. */
const RETRY_MS = 2_000;

const encoder = new TextEncoder();

/** An event's bytes. `id` is the reader's position once it has it; null leaves the one before. */
export function eventFrame(event: string, id: string | null, data: string): Uint8Array {
  const position = id === null ? '' : `id: ${id}\n`;
  return encoder.encode(`event: ${event}\n${position}data: ${data}\n\n`);
}

/** A comment: says that the connection is alive. */
const HEARTBEAT: Uint8Array = encoder.encode(': alive\n\n');
const BEGINNING: Uint8Array = encoder.encode(`retry: ${RETRY_MS}\n\n`);

export interface EventStreamOptions {
  readonly nowMs: number;
  /** Ends the stream. */
  readonly signal: AbortSignal;
  /** Called when the reader has read on after the stream was full. */
  readonly onRoom: () => void;
  /** Called once, however it ends. */
  readonly onClosed: () => void;
}

/** Events on their way to one reader. */
export class EventStream {
  readonly response: Response;
  readonly openedAtMs: number;
  #sentAtMs: number;
  #fullSinceMs: number | null = null;
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  readonly #onClosed: () => void;

  constructor({ nowMs, signal, onRoom, onClosed }: EventStreamOptions) {
    this.openedAtMs = nowMs;
    this.#sentAtMs = nowMs;
    this.#onClosed = onClosed;
    const body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
          controller.enqueue(BEGINNING);
        },
        pull: () => {
          if (this.#fullSinceMs !== null && this.hasRoom(this.#fullSinceMs)) onRoom();
        },
        cancel: () => this.#gone(),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: BUFFER_BYTES }),
    );
    signal.addEventListener('abort', () => this.end(), { once: true });
    this.response = new Response(body, {
      headers: { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' },
    });
  }

  get isOpen(): boolean {
    return this.#controller !== null;
  }

  /** Whether the reader keeps up, so that more may be sent. */
  hasRoom(nowMs: number): boolean {
    if ((this.#controller?.desiredSize ?? 0) > 0) this.#fullSinceMs = null;
    else this.#fullSinceMs ??= nowMs;
    return this.#fullSinceMs === null;
  }

  /** For how long the reader has not kept up, in milliseconds. */
  fullMs(nowMs: number): number {
    return this.hasRoom(nowMs) ? 0 : nowMs - (this.#fullSinceMs ?? nowMs);
  }

  send(frame: Uint8Array, nowMs: number): void {
    this.#sentAtMs = nowMs;
    this.#controller?.enqueue(frame);
  }

  /** Says that the connection is alive, where nothing was said for so long. */
  keepAlive(nowMs: number, everyMs: number): void {
    if (nowMs - this.#sentAtMs >= everyMs && this.hasRoom(nowMs)) this.send(HEARTBEAT, nowMs);
  }

  /** Ends it when what was sent is read. */
  end(): void {
    const controller = this.#controller;
    this.#gone();
    controller?.close();
  }

  /** Ends it at once, and drops what was not read: the reader sees a broken connection. */
  cut(): void {
    const controller = this.#controller;
    this.#gone();
    controller?.error(new Error('the reader of these events did not keep up'));
  }

  #gone(): void {
    if (this.#controller === null) return;
    this.#controller = null;
    this.#onClosed();
  }
}
