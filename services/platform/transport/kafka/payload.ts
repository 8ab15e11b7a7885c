import { Buffer, isUtf8 } from 'node:buffer';
import type { Headers, Payload } from '../../../../core/mod.ts';

const REPLACEMENT = '\ufffd';
const lenientUtf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** Bytes as the port has them: text where they are valid UTF-8, else the bytes themselves (a copy). */
export function toPayload(bytes: Uint8Array | null | undefined): Payload {
  if (bytes === null || bytes === undefined) return null;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return isUtf8(buffer) ? buffer.toString('utf8') : Uint8Array.from(bytes);
}

/** The same of a part of a buffer. */
export function payloadAt(bytes: Buffer, start: number, end: number): Payload {
  const text = bytes.toString('utf8', start, end);
  // only what is not valid, or says so itself, comes out with this character
  return text.includes(REPLACEMENT) ? toPayload(bytes.subarray(start, end)) : text;
}

/** A header's name or value, as part of a buffer. */
export function headerText(bytes: Buffer, start: number, end: number): string {
  const text = bytes.toString('utf8', start, end);
  return text.includes(REPLACEMENT) ? lenientUtf8.decode(bytes.subarray(start, end)) : text;
}

/** A key or value as it goes on the wire. */
export function toBytes(payload: Payload): Buffer | null {
  if (payload === null) return null;
  return typeof payload === 'string'
    ? Buffer.from(payload, 'utf8')
    : Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
}

type HeaderText = Uint8Array | string | null;

/** Header bytes as text; what is not valid UTF-8 is replaced. Of several of one name the last counts. */
export function toHeaders(pairs: Iterable<readonly [HeaderText, HeaderText]>): Headers {
  const headers: Record<string, string> = {};
  for (const [name, value] of pairs) headers[textOf(name)] = textOf(value);
  return headers;
}

function textOf(text: HeaderText): string {
  if (text === null) return '';
  return typeof text === 'string' ? text : lenientUtf8.decode(text);
}
