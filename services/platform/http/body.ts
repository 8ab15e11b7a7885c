import { isForm, parseForm } from './form.ts';
import { parseJson } from './json.ts';
import { HttpProblem, RETRY_AFTER_SECONDS } from './problem.ts';
import { chunksOf, mediaTypeOf, StreamedBody, tooLarge, tooSlow } from './streamed-body.ts';

/** So many bytes of bodies that are still coming are held at once, over all requests of a server. */
const HELD_MAX_BYTES: number = 256 * 1024 * 1024;

/** The largest body that a route reads while it comes, in bytes. */
const STREAMED_MAX_BYTES: number = 256 * 1024 * 1024;

/** What a route's body is: JSON, a form, or JSON or one of these media types, which the route reads while it comes. */
export type BodyKind = 'json' | 'form' | readonly string[];

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
   * A request's body as JSON, as `FormData` where a form is asked for, or as a `StreamedBody`; undefined where there is none. Bytes are counted
   * while they come, so that a chunked body can't go over the limit either. Throws `HttpProblem`: 400, 408, 413, 415, 422
   * or 503.
   */
  async read(request: Request, kind: BodyKind = 'json'): Promise<unknown> {
    if (request.method === 'GET' || request.method === 'HEAD') return undefined;
    const { body, headers } = request;
    const length = headers.get('content-length');
    if (body === null || length === '0') return undefined;
    if (typeof kind === 'object' && kind.includes(mediaTypeOf(headers.get('content-type'))))
      return streamed(body, headers, this.#limits.seconds);
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

function streamed(body: ReadableStream<Uint8Array>, headers: Headers, seconds: number): StreamedBody {
  if (isCompressed(headers)) throw compressed();
  if (Number(headers.get('content-length') ?? 0) > STREAMED_MAX_BYTES) throw tooLarge(STREAMED_MAX_BYTES);
  const chunks = chunksOf(body, { bytes: STREAMED_MAX_BYTES, seconds });
  return new StreamedBody(headers.get('content-type') ?? '', chunks);
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
  if (isCompressed(headers)) return compressed();
  const type = headers.get('content-type');
  if (kind === 'form') return isForm(type) ? null : notAForm();
  if (isJson(type)) return null;
  const others = typeof kind === 'object' ? kind : [];
  return unsupported(
    type === null ? 'The body has no Content-Type' : 'The Content-Type is not JSON in UTF-8',
    others,
  );
}

function isCompressed(headers: Headers): boolean {
  const encoding = headers.get('content-encoding');
  return encoding !== null && encoding.toLowerCase() !== 'identity';
}

const compressed = (): HttpProblem => unsupported('The body is compressed, which is not taken here', []);

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

function unsupported(what: string, others: readonly string[]): HttpProblem {
  const or = others.length === 0 ? '' : ` This takes ${others.join(' and ')} too.`;
  const detail = `${what}: send JSON as it is, with the header "Content-Type: application/json".${or}`;
  const headers = { accept: ['application/json', ...others].join(', '), 'accept-encoding': 'identity' };
  return new HttpProblem({ status: 415, code: 'unsupported-media-type', detail, headers });
}

// what is left of such a body is not read: the connection can't be used for another request
const closing = { connection: 'close' };

function tooMuchAtOnce(): HttpProblem {
  const detail = 'Too much is being sent at once, by all clients together: send it again in a few seconds.';
  const headers = { ...closing, 'retry-after': RETRY_AFTER_SECONDS };
  return new HttpProblem({ status: 503, code: 'busy', detail, headers });
}
