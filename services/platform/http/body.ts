import { isForm, parseForm } from './form.ts';
import { parseJson } from './json.ts';
import { HttpProblem, RETRY_AFTER_SECONDS } from './problem.ts';

/** So many bytes of bodies that are still coming are held at once, over all requests of a server. */
const HELD_MAX_BYTES: number = 256 * 1024 * 1024;

/** What a route's body is. */
export type BodyKind = 'json' | 'form';

export interface BodyLimits {
  /** The largest body, in bytes. */
  readonly bytes: number;
  /** So long a body may take to come, in seconds. */
  readonly seconds: number;
}

/** Reads the bodies of a server's requests, each within its limits, and all of them within one. */
export class BodyReader {
  readonly #limits: BodyLimits;
  readonly #heldMaxBytes: number;
  #heldBytes = 0;

  constructor(limits: BodyLimits, heldMaxBytes: number = HELD_MAX_BYTES) {
    this.#limits = limits;
    this.#heldMaxBytes = heldMaxBytes;
  }

  /**
   * A request's body as JSON, or as `FormData` where a form is asked for; undefined where there is none. Bytes are counted
   * while they come, so that a chunked body can't go over the limit either. Throws `HttpProblem`: 400, 408, 413, 415, 422
   * or 503.
   */
  async read(request: Request, kind: BodyKind = 'json'): Promise<unknown> {
    if (request.method === 'GET' || request.method === 'HEAD') return undefined;
    const { body, headers } = request;
    const length = headers.get('content-length');
    if (body === null || length === '0') return undefined;
    if (length !== null && Number(length) > this.#limits.bytes) throw tooLarge(this.#limits.bytes);
    // some clients send an empty chunked body with every POST, and no type with it
    const flaw = mediaFlaw(headers, kind);
    const bytes = await this.#bytes(body);
    if (bytes.length === 0) return undefined;
    if (flaw !== null) throw flaw;
    return kind === 'form' ? parseForm(bytes, headers) : parseJson(bytes);
  }

  async #bytes(body: ReadableStream<Uint8Array>): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    let size = 0;
    const reader = body.getReader();
    const deadline = new Deadline(this.#limits.seconds);
    try {
      for (;;) {
        const read = await Promise.race([reader.read(), deadline.over]);
        if (read === 'over') throw tooSlow(this.#limits.seconds);
        if (read.done) return Buffer.concat(chunks, size);
        size += read.value.byteLength;
        this.#heldBytes += read.value.byteLength;
        if (size > this.#limits.bytes) throw tooLarge(this.#limits.bytes);
        if (this.#heldBytes > this.#heldMaxBytes) throw tooMuchAtOnce();
        chunks.push(read.value);
      }
    } catch (error) {
      // what is left of it is of no use; where the client is gone there is nothing to cancel
      reader.cancel().catch(() => undefined);
      throw error;
    } finally {
      deadline.clear();
      this.#heldBytes -= size;
    }
  }
}

/** Resolves with 'over' when the time is, unless it is cleared before. */
class Deadline {
  readonly over: Promise<'over'>;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(seconds: number) {
    this.over = new Promise((resolve) => {
      this.#timer = setTimeout(() => resolve('over'), seconds * 1_000);
    });
  }

  clear(): void {
    clearTimeout(this.#timer);
  }
}

/** What is wrong with a body before its bytes are looked at. */
function mediaFlaw(headers: Headers, kind: BodyKind): HttpProblem | null {
  const encoding = headers.get('content-encoding');
  if (encoding !== null && encoding.toLowerCase() !== 'identity')
    return unsupported('The body is compressed, which is not taken here');
  const type = headers.get('content-type');
  if (kind === 'form') return isForm(type) ? null : notAForm();
  if (isJson(type)) return null;
  return unsupported(
    type === null ? 'The body has no Content-Type' : 'The Content-Type is not JSON in UTF-8',
  );
}

function isJson(contentType: string | null): boolean {
  const [type = '', ...parameters] = (contentType ?? '').toLowerCase().split(';');
  if (!/^application\/([\w.!#$&^-]+\+)?json$/.test(type.trim())) return false;
  const charset = parameters.map((each) => each.trim()).find((each) => each.startsWith('charset='));
  return charset === undefined || /^charset="?utf-?8"?$/.test(charset);
}

function notAForm(): HttpProblem {
  const detail = 'This takes what the forms of these pages send: programs use the routes that /docs lists.';
  return new HttpProblem({ status: 415, code: 'unsupported-media-type', detail });
}

function unsupported(what: string): HttpProblem {
  const detail = `${what}: send JSON as it is, with the header "Content-Type: application/json".`;
  const headers = { accept: 'application/json', 'accept-encoding': 'identity' };
  return new HttpProblem({ status: 415, code: 'unsupported-media-type', detail, headers });
}

// what is left of such a body is not read: the connection can't be used for another request
const closing = { connection: 'close' };

function tooLarge(limitBytes: number): HttpProblem {
  const detail = `The body has more than ${limitBytes} bytes, the limit here: send less at once.`;
  return new HttpProblem({ status: 413, code: 'body-too-large', detail, headers: closing });
}

function tooSlow(seconds: number): HttpProblem {
  const detail = `The body did not come within ${seconds} s, the limit here: send less at once, or faster.`;
  return new HttpProblem({ status: 408, code: 'body-too-slow', detail, headers: closing });
}

function tooMuchAtOnce(): HttpProblem {
  const detail = 'Too much is being sent at once, by all clients together: send it again in a few seconds.';
  const headers = { ...closing, 'retry-after': RETRY_AFTER_SECONDS };
  return new HttpProblem({ status: 503, code: 'busy', detail, headers });
}
