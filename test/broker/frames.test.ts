import { describe, expect, test } from 'bun:test';
import { FrameWalker } from './frames.ts';

const frameOf = (mark: number, payload: number): Buffer => {
  const frame = Buffer.alloc(8 + payload, mark);
  frame.writeInt32BE(4 + payload, 0);
  frame.writeInt32BE(mark, 4);
  return frame;
};
/** Frames with an even mark are replaced by one byte. */
const walker = (): FrameWalker =>
  new FrameWalker(8, (head) => (head.readInt32BE(4) % 2 === 0 ? (whole) => whole.subarray(7, 8) : null));

describe('frames of a stream', () => {
  const frames = [frameOf(1, 20), frameOf(2, 5), frameOf(4, 0), frameOf(3, 0), frameOf(6, 40), frameOf(5, 3)];
  const stream = Buffer.concat(frames);
  const expected = Buffer.concat(
    frames.map((frame) => (frame.readInt32BE(4) % 2 === 0 ? frame.subarray(7, 8) : frame)),
  );

  test.each([1, 2, 3, 7, 8, 9, 11, 29, 64, 1_000])('come out the same in chunks of %i bytes', (size) => {
    const frameWalker = walker();
    const out: Buffer[] = [];
    for (let at = 0; at < stream.length; at += size)
      out.push(...frameWalker.push(stream.subarray(at, at + size)));
    expect(Buffer.concat(out)).toEqual(expected);
  });

  test('that pass are handed on without a copy', () => {
    const chunk = Buffer.concat([frameOf(1, 20), frameOf(3, 20)]);
    const [piece, ...others] = walker().push(chunk);
    expect(others).toEqual([]);
    expect(piece?.buffer).toBe(chunk.buffer);
    expect(piece?.byteOffset).toBe(chunk.byteOffset);
  });

  test('that cannot be Kafka’s end the stream', () => {
    expect(() => walker().push(Buffer.from('GET / HTTP/1.1\r\n\r\n'))).toThrow(RangeError);
    expect(() => walker().push(Buffer.alloc(8))).toThrow(RangeError);
  });
});
