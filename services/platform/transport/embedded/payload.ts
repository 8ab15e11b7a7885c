import { type OutgoingRecord, type Payload, TransportError } from '../../../../core/mod.ts';

/** Key, value and headers of one record may take so many bytes together (UTF-8). */
const MAX_RECORD_BYTES = 8 * 1024 * 1024;

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Bytes that are valid UTF-8 become text, as `Payload` promises to those who read. */
export function normalize(payload: Payload): Payload {
  if (!(payload instanceof Uint8Array)) return payload;
  try {
    return strictUtf8.decode(payload);
  } catch {
    return payload; // Not valid UTF-8: kept byte for byte.
  }
}

/** Throws `TransportError` ('record-too-large') for what `publish` can't take. */
export function checkSize(record: OutgoingRecord): void {
  const headers = record.headers === undefined ? 0 : Buffer.byteLength(JSON.stringify(record.headers));
  const bytes = payloadBytes(record.key) + payloadBytes(record.value) + headers;
  if (bytes <= MAX_RECORD_BYTES) return;
  const message = `A record of ${bytes} bytes for ${record.topic} is over the limit of ${MAX_RECORD_BYTES}.`;
  throw new TransportError('record-too-large', message);
}

/** How many bytes a key or value takes as UTF-8. */
export function payloadBytes(payload: Payload): number {
  if (payload === null) return 0;
  return typeof payload === 'string' ? Buffer.byteLength(payload) : payload.byteLength;
}
