import { HttpProblem } from './problem.ts';

/** The media types that a route reads itself, besides JSON: its handler then gets a `StreamedBody`. */
export function streamedBody(...types: readonly string[]): { readonly 'x-streamed': readonly string[] } {
  return { 'x-streamed': types };
}

/** A body that the route reads while it comes: nothing of it is held here. */
export class StreamedBody {
  /** Its media type in lower case, without parameters. */
  readonly type: string;
  /** The whole Content-Type. */
  readonly contentType: string;
  /** Its bytes; reading them throws `HttpProblem`: 408 or 413. To be read once. */
  readonly chunks: AsyncIterable<Uint8Array>;

  constructor(contentType: string, chunks: AsyncIterable<Uint8Array>) {
    this.type = mediaTypeOf(contentType);
    this.contentType = contentType;
    this.chunks = chunks;
  }

  /** A parameter of the Content-Type, such as `charset` or `boundary`; null where it has none. */
  parameter(name: string): string | null {
    for (const part of this.contentType.split(';').slice(1)) {
      const [key = '', value = ''] = part.trim().split(/=(.*)/s);
      if (key.toLowerCase() === name) return value.replace(/^"(.*)"$/s, '$1');
    }
    return null;
  }
}

export const mediaTypeOf = (contentType: string | null): string =>
  (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';

/** Limits of a body that is read while it comes. */
interface StreamLimits {
  readonly bytes: number;
  /** So long may be waited for its bytes, all waits together, in seconds: what their reader takes does not count. */
  readonly seconds: number;
}

/** A body's bytes while they come, within the limits. What is left of it when the reader leaves is not read. */
export async function* chunksOf(
  body: ReadableStream<Uint8Array>,
  { bytes, seconds }: StreamLimits,
): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  let size = 0;
  let waitedMs = 0;
  try {
    for (;;) {
      const from = performance.now();
      const read = await within(reader.read(), seconds * 1_000 - waitedMs);
      waitedMs += performance.now() - from;
      if (read === 'over') throw tooSlow(seconds);
      if (read.done) return;
      size += read.value.byteLength;
      if (size > bytes) throw tooLarge(bytes);
      yield read.value;
    }
  } finally {
    // where the client is gone there is nothing to cancel
    reader.cancel().catch(() => undefined);
  }
}

async function within<T>(wait: Promise<T>, ms: number): Promise<T | 'over'> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<'over'>((resolve) => {
    timer = setTimeout(() => resolve('over'), Math.max(0, ms));
  });
  try {
    return await Promise.race([wait, over]);
  } finally {
    clearTimeout(timer);
  }
}

// what is left of such a body is not read: the connection can't be used for another request
const closing = { connection: 'close' };

export function tooLarge(limitBytes: number): HttpProblem {
  const detail = `The body has more than ${limitBytes} bytes, the limit here: send less at once.`;
  return new HttpProblem({ status: 413, code: 'body-too-large', detail, headers: closing });
}

export function tooSlow(seconds: number): HttpProblem {
  const detail = `The body did not come within ${seconds} s, the limit here: send less at once, or faster.`;
  return new HttpProblem({ status: 408, code: 'body-too-slow', detail, headers: closing });
}
