import { TransportError } from '../../../core/mod.ts';
import { pause } from '../pause.ts';

const RETRY_MS = 250;

/**
 * Attempts until it succeeds, for at most so many milliseconds. Throws at once what can't pass by itself, and in the
 * end `TransportError` ('unavailable') with what the last attempt said.
 */
export async function within<T>(waitMs: number, attempt: () => Promise<T>): Promise<T> {
  const giveUpAt = performance.now() + waitMs;
  for (;;) {
    try {
      return await limited(attempt(), giveUpAt - performance.now());
    } catch (error) {
      if (!(error instanceof TransportError && error.code === 'unavailable' && error.canRetry)) throw error;
      if (performance.now() + RETRY_MS > giveUpAt) throw gaveUp(error, waitMs);
      await pause(RETRY_MS);
    }
  }
}

function gaveUp(last: TransportError, waitMs: number): TransportError {
  const message = `${last.message.replace(/\.$/, '')}. Gave up after ${waitMs / 1000} s.`;
  return new TransportError('unavailable', message, { cause: last });
}

/** As `work`, but no longer than so many milliseconds; what it does afterwards is nobody's concern. */
async function limited<T>(work: Promise<T>, ms: number): Promise<T> {
  const over = new AbortController();
  const late = pause(Math.max(0, ms), over.signal).then(() => {
    if (over.signal.aborted) return work;
    throw new TransportError('unavailable', 'There is no answer');
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    over.abort();
  }
}
