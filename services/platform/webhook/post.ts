import type { WebhookMessage } from '../../../core/mod.ts';
import { signedHeaders } from './signature.ts';
import { type Attempted, unanswered, verdictOn } from './verdict.ts';

/** Of a receiver's answer the status counts. So much of its body is read, so that the connection can be used again. */
const BODY_READ_BYTES = 4_096;

export interface PostOptions {
  readonly url: string;
  readonly secret: string;
  /** For the whole attempt. */
  readonly timeoutMs: number;
  /** Gives the attempt up. */
  readonly signal: AbortSignal;
  /** Trace context to be passed on. */
  readonly traceparent: string | null;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
}

/** One signed POST. Never rejects; what comes of an attempt that was given up means nothing. */
export async function postWebhook(message: WebhookMessage, options: PostOptions): Promise<Attempted> {
  const { url, secret, timeoutMs, signal, traceparent, now } = options;
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), timeoutMs);
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'requite-notifications',
        ...signedHeaders(secret, message, now()),
        ...(traceparent === null ? {} : { traceparent }),
      },
      body: message.body,
      redirect: 'manual',
      signal: AbortSignal.any([signal, limit.signal]),
    });
    await drain(response);
    return verdictOn(response.status, response.headers.get('retry-after'), now());
  } catch (error) {
    // fetch throws for what never became an answer: no connection, no end of the headers, the time limit
    if (limit.signal.aborted) return unanswered(`no answer within ${timeoutMs} ms`);
    return unanswered(`could not be reached (${codeOf(error)})`);
  } finally {
    clearTimeout(timer);
  }
}

/** A system's or runtime's name for an error: letters and digits, nothing of the address. */
function codeOf(error: unknown): string {
  const { code, name } = error as { readonly code?: unknown; readonly name?: unknown };
  const found = [code, name].find((each) => typeof each === 'string' && /^\w{1,60}$/.test(each));
  return String(found ?? 'unknown reason');
}

async function drain({ body }: Response): Promise<void> {
  if (body === null) return;
  const reader = body.getReader();
  try {
    for (let read = 0; read < BODY_READ_BYTES; ) {
      const { done, value } = await reader.read();
      if (done) return;
      read += value.byteLength;
    }
    await reader.cancel();
  } catch {
    // the status is there, and what the receiver has to say beyond it is not needed
  }
}
