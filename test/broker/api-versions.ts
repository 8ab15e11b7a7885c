/**
 * The response to ApiVersions, as bytes.
 *
 *   v0      error int16, [key int16, min int16, max int16] with an int32 count
 *   v1, v2  the same, then throttle time int32
 *   v3, v4  error int16, the array with a varint of count + 1, tags after each element, throttle time int32, tags
 *
 * Its header is the correlation id alone in every version, so that a client can read it before it knows anything.
 */
import { type ApiRange, redpandaApis } from './redpanda-versions.ts';

export const apiVersionsKey = 18;
const unsupportedVersion = 35;

type Ranges = ReadonlyMap<number, Pick<ApiRange, 'min' | 'max'>>;

/** The broker's answer (a whole frame) to a request of this version, cut down to what Redpanda speaks. */
export function capApiVersions(frame: Buffer, version: number): Buffer {
  const own = redpandaApis.get(apiVersionsKey);
  const correlationId = frame.readInt32BE(4);
  if (own === undefined || version > own.max) {
    // As KIP-511 has it: in v0's format, with the one range that the client needs to ask again.
    return encode(correlationId, 0, unsupportedVersion, new Map(own && [[apiVersionsKey, own]]));
  }
  const error = frame.readInt16BE(8);
  return encode(correlationId, version, error, intersect(decode(frame.subarray(10), version)));
}

function intersect(brokers: Ranges): Ranges {
  const both = new Map<number, Pick<ApiRange, 'min' | 'max'>>();
  for (const [key, redpanda] of redpandaApis) {
    const broker = brokers.get(key);
    if (broker === undefined) continue;
    const min = Math.max(redpanda.min, broker.min);
    const max = Math.min(redpanda.max, broker.max);
    if (min <= max) both.set(key, { min, max });
  }
  return both;
}

/** `body` begins after the error. */
function decode(body: Buffer, version: number): Ranges {
  const ranges = new Map<number, Pick<ApiRange, 'min' | 'max'>>();
  const flexible = version >= 3;
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = body.readUInt8(at++);
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  let count = 0;
  if (flexible) {
    count = varint() - 1;
  } else {
    count = body.readInt32BE(0);
    at = 4;
  }
  for (; count > 0; count -= 1) {
    ranges.set(body.readInt16BE(at), { min: body.readInt16BE(at + 2), max: body.readInt16BE(at + 4) });
    at += 6;
    if (flexible) {
      for (let tags = varint(); tags > 0; tags -= 1) {
        varint();
        const bytes = varint();
        at += bytes;
      }
    }
  }
  return ranges;
}

function encode(correlationId: number, version: number, error: number, ranges: Ranges): Buffer {
  const flexible = version >= 3;
  const bytes: number[] = [];
  const int16 = (value: number): void => {
    bytes.push((value >> 8) & 0xff, value & 0xff);
  };
  const int32 = (value: number): void => {
    int16(value >> 16);
    int16(value);
  };
  int32(0); // The size, known at the end.
  int32(correlationId);
  int16(error);
  if (flexible)
    bytes.push(ranges.size + 1); // A varint of one byte: there are fewer than 127.
  else int32(ranges.size);
  for (const [key, { min, max }] of ranges) {
    for (const value of [key, min, max]) int16(value);
    if (flexible) bytes.push(0);
  }
  if (version >= 1) int32(0);
  if (flexible) bytes.push(0);
  const frame = Buffer.from(bytes);
  frame.writeInt32BE(frame.length - 4, 0);
  return frame;
}
