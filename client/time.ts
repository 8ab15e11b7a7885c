// Waiting, with a signal that ends it.

/** Resolves after that time. Rejects with the signal's reason where it is aborted before. */
export function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(signal.reason as Error);
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
    const onAbort = (): void => {
      end();
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      end();
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort);
  });
}

/** A signal that is aborted with the other one, or when its time is over; `clear` when nothing waits for it any more. */
export interface Limit {
  readonly signal: AbortSignal;
  readonly isOver: () => boolean;
  readonly clear: () => void;
  /** Counts no more, until it is renewed. */
  readonly pause: () => void;
  /** Counts anew. */
  readonly renew: () => void;
}

export function withTimeout(ms: number, signal: AbortSignal | undefined): Limit {
  const controller = new AbortController();
  const onAbort = (): void => controller.abort(signal?.reason);
  let isOver = false;
  const end = (): void => {
    isOver = true;
    controller.abort();
  };
  let timer = setTimeout(end, ms);
  if (signal?.aborted === true) onAbort();
  signal?.addEventListener('abort', onAbort);
  return {
    signal: controller.signal,
    isOver: () => isOver,
    clear: () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    },
    pause: () => clearTimeout(timer),
    renew: () => {
      clearTimeout(timer);
      timer = setTimeout(end, ms);
    },
  };
}
