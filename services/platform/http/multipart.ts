// multipart/form-data (RFC 7578) while it comes: a file in a form is never held as a whole.
import { HttpProblem } from './problem.ts';
import type { StreamedBody } from './streamed-body.ts';

/** A field of a form, or a file in it. */
export interface FormPart {
  readonly name: string;
  /** Null for a plain field. */
  readonly fileName: string | null;
  /** Its bytes; what is not read of them is passed over when the next part is asked for. */
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** The headers of a part take at most so many bytes. */
const HEADERS_MAX_BYTES = 8_192;
const PARTS_MAX = 50;
const CRLF = Buffer.from('\r\n');
const BLANK_LINE = Buffer.from('\r\n\r\n');

/** The parts of a form, in their order. Throws `HttpProblem`: 400 where the bytes are no such form. */
export async function* formParts(body: StreamedBody): AsyncGenerator<FormPart> {
  const boundary = body.parameter('boundary');
  if (boundary === null || boundary === '' || boundary.length > 70)
    throw malformed('its boundary is not named');
  const bytes = new Buffered(body.chunks);
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  // the first delimiter may begin the body, without a line's end before it
  bytes.prepend(CRLF);
  for await (const _ of bytes.until(delimiter)) {
    // what stands before the first part is for nobody
  }
  for (let count = 0; ; count++) {
    const next = await bytes.take(2);
    if (next.equals(Buffer.from('--'))) return;
    if (!next.equals(CRLF)) throw malformed('a part does not begin on a line of its own');
    if (count === PARTS_MAX) throw malformed(`it has more than ${PARTS_MAX} parts`);
    // a part without headers begins with the blank line itself
    bytes.prepend(CRLF);
    const head: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of bytes.until(BLANK_LINE)) {
      size += chunk.length;
      if (size > HEADERS_MAX_BYTES) throw malformed('the headers of a part are too long');
      head.push(chunk);
    }
    const chunks = bytes.until(delimiter);
    yield { ...dispositionOf(Buffer.concat(head).toString('utf8')), chunks };
    for await (const _ of chunks) {
      // what the reader left
    }
  }
}

function dispositionOf(headers: string): Pick<FormPart, 'name' | 'fileName'> {
  const line = headers.split('\r\n').find((each) => /^content-disposition:/i.test(each)) ?? '';
  const name = /;\s*name="([^"]*)"/i.exec(line)?.[1];
  if (name === undefined) throw malformed('a part has no name');
  return { name, fileName: /;\s*filename="([^"]*)"/i.exec(line)?.[1] ?? null };
}

/** Bytes as they come, with a look ahead. */
class Buffered {
  readonly #source: AsyncIterator<Uint8Array>;
  #held: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  prepend(bytes: Buffer): void {
    this.#held = Buffer.concat([bytes, this.#held]);
  }

  async take(count: number): Promise<Buffer> {
    while (this.#held.length < count) await this.#more();
    const taken = this.#held.subarray(0, count);
    this.#held = this.#held.subarray(count);
    return taken;
  }

  /** What comes before the mark, which is taken too. */
  async *until(mark: Buffer): AsyncGenerator<Uint8Array> {
    for (;;) {
      const at = this.#held.indexOf(mark);
      // as far as it can't be the mark's beginning
      const end = at < 0 ? Math.max(0, this.#held.length - mark.length + 1) : at;
      const part = this.#held.subarray(0, end);
      this.#held = this.#held.subarray(at < 0 ? end : at + mark.length);
      if (part.length > 0) yield part;
      if (at >= 0) return;
      await this.#more();
    }
  }

  async #more(): Promise<void> {
    const next = await this.#source.next();
    if (next.done === true) throw malformed('it ends before its last boundary');
    this.#held = this.#held.length === 0 ? Buffer.from(next.value) : Buffer.concat([this.#held, next.value]);
  }
}

function malformed(what: string): HttpProblem {
  const detail = `The body is no form of the kind that its Content-Type says (${what}): send it as a browser or curl -F does.`;
  return new HttpProblem({ status: 400, code: 'malformed-form', detail });
}
