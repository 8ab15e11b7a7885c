import { depthWithin, MAX_DEPTH } from '../../../core/mod.ts';
import { HttpProblem } from './problem.ts';

/**
 * What our parser hands to Elysia: a body that is read by the hook after it, once it is known that the client may use
 * the route, which Elysia's parsers can't tell. Its schemas check what the parser gave, so that it is filled in here.
 */
export class LaterBody {
  value: unknown = undefined;
}

/** Reads a request's body as JSON; undefined where there is none. Throws `HttpProblem`: 415, 413 or 400. */
export async function readBody(request: Request, limitBytes: number): Promise<unknown> {
  if (request.method === 'GET' || request.method === 'HEAD') return undefined;
  return await readJson(request, limitBytes);
}

/**
 * Reads a request's body as JSON; undefined where there is none. Bytes are counted while they come, so that a
 * chunked body can't go over the limit either.
 */
async function readJson(request: Request, limitBytes: number): Promise<unknown> {
  const length = request.headers.get('content-length');
  if (request.body === null || length === '0') return undefined;
  if (length !== null && Number(length) > limitBytes) throw tooLarge(limitBytes);
  const type = request.headers.get('content-type');
  if (!isJson(type)) {
    const bytes = await readBytes(request.body, limitBytes);
    if (bytes.length === 0) return undefined; // some clients send an empty chunked body with every POST
    throw unsupported(type);
  }
  const bytes = await readBytes(request.body, limitBytes);
  return bytes.length === 0 ? undefined : parse(bytes);
}

function isJson(contentType: string | null): boolean {
  const [type = '', ...parameters] = (contentType ?? '').toLowerCase().split(';');
  if (!/^application\/([\w.!#$&^-]+\+)?json$/.test(type.trim())) return false;
  const charset = parameters.map((each) => each.trim()).find((each) => each.startsWith('charset='));
  return charset === undefined || /^charset="?utf-?8"?$/.test(charset);
}

function unsupported(type: string | null): HttpProblem {
  const sent = type === null ? 'The body has no Content-Type' : 'The Content-Type is not JSON in UTF-8';
  const detail = `${sent}: send JSON with the header "Content-Type: application/json".`;
  const headers = { accept: 'application/json' };
  return new HttpProblem({ status: 415, code: 'unsupported-media-type', detail, headers });
}

function tooLarge(limitBytes: number): HttpProblem {
  const detail = `The body has more than ${limitBytes} bytes, the limit here: send less at once.`;
  // what is left of the body is not read: the connection can't be used for another request
  return new HttpProblem({ status: 413, code: 'body-too-large', detail, headers: { connection: 'close' } });
}

async function readBytes(body: ReadableStream<Uint8Array>, limitBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.byteLength;
    if (size > limitBytes) {
      await reader.cancel();
      throw tooLarge(limitBytes);
    }
    chunks.push(value);
  }
  return Buffer.concat(chunks, size);
}

const malformed = (code: string, detail: string, cause?: unknown): HttpProblem =>
  new HttpProblem({ status: 400, code, detail, cause });

function parse(bytes: Uint8Array): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    // TypeError for bytes that are no UTF-8; it says no more than that
    throw malformed('invalid-utf8', 'The body is not UTF-8: encode the JSON as UTF-8.', cause);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    // the parser's message can quote the body, which may be personal: it stays inside
    throw malformed(
      'malformed-json',
      'The body is not well-formed JSON: check quotes, commas and brackets.',
      cause,
    );
  }
  if (depthWithin(value, MAX_DEPTH)) return value;
  throw malformed('too-deep', `The body nests deeper than ${MAX_DEPTH} levels: send it flatter.`);
}
