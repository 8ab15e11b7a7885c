// Requests that wait for the end of a run.
import { durationMs } from '../../../core/mod.ts';
import { HttpProblem, unavailable } from '../../platform/http/index.ts';
import { WAITERS_MAX } from '../../platform/view/index.ts';

/** The longest wait, in milliseconds. */
const MAX_WAIT_MS = 300_000;
/** So many requests may wait at once: half of what the view allows, so that those for a moment always find room. */
const MAX_WAITERS: number = WAITERS_MAX / 2;
/** A waiting answer sends white space so often, so that nobody on the way takes the connection for dead. */
const KEEP_ALIVE_MS = 20_000;

/** Reads `?wait=`: '250ms', '10s', '5m'. Throws a 400 that says so. */
export function waitMsOf(text: string): number {
  const waitMs = /^\d{1,7}(\.\d{1,3})?(ms|s|m)$/.test(text) ? durationMs(text) : Number.POSITIVE_INFINITY;
  if (waitMs <= MAX_WAIT_MS) return waitMs;
  const detail = '"wait" takes a time of at most 5m with its unit, such as 10s, 250ms or 2m.';
  throw new HttpProblem({ status: 400, code: 'invalid-wait', detail });
}

/** Waiting requests, bounded (invariant 7), all released when the service stops. */
export class Waits {
  private readonly released: Promise<void>;
  private count = 0;
  private release: () => void = () => {};

  constructor() {
    this.released = new Promise((resolve) => {
      this.release = resolve;
    });
  }

  /** Runs a wait, ended early when the service stops. Throws a 503, before it begins, where too many wait already. */
  begin(wait: () => Promise<unknown>): Promise<void> {
    if (this.count >= MAX_WAITERS) {
      const detail = `${MAX_WAITERS} requests wait already: ask without "wait", or again in a few seconds.`;
      throw unavailable('too-many-waits', detail);
    }
    this.count++;
    return Promise.race([wait(), this.released]).then(
      () => void this.count--,
      (error: unknown) => {
        this.count--;
        throw error; // the caller's to answer
      },
    );
  }

  /** How many requests wait now. */
  waiting(): number {
    return this.count;
  }

  /** Ends all waits. */
  stop(): void {
    this.release();
  }
}

/**
 * A JSON answer that is made later. White space goes first while it takes its time, which JSON allows before a
 * value: without a byte, connections are closed after two minutes.
 */
export function laterJson(answer: () => Promise<unknown>): Response {
  const encoder = new TextEncoder();
  let timer: ReturnType<typeof setInterval> | undefined;
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      timer = setInterval(() => controller.enqueue(encoder.encode('\n')), KEEP_ALIVE_MS);
      try {
        controller.enqueue(encoder.encode(JSON.stringify(await answer())));
        controller.close();
      } catch (error) {
        // the status line is sent already: an answer cut short tells the client that it is none
        controller.error(error);
      } finally {
        clearInterval(timer);
      }
    },
    cancel() {
      clearInterval(timer);
    },
  });
  return new Response(body, { headers: { 'content-type': 'application/json' } });
}
