/** Makes another frame of a whole frame (its size included). */
export type Rewrite = (frame: Buffer) => Buffer;

/** The largest frame that Kafka itself takes by default (socket.request.max.bytes). */
const maxFrameBytes = 104_857_600;

/**
 * Finds the frames (a size of 4 bytes, then so many bytes) in a stream's chunks, however the stream is cut into those.
 * `judge` sees the first bytes of each frame and lets it pass (null), has it rewritten, or throws to end the stream.
 * What passes is handed on as it came, as slices of the chunks; only what is cut in its first bytes, or rewritten, is copied.
 */
export class FrameWalker {
  private readonly headBytes: number;
  private readonly judge: (head: Buffer) => Rewrite | null;
  /** The beginning of a frame that can't be judged, or not be rewritten, before more of it is there. */
  private held: Buffer = Buffer.alloc(0);
  private rewrite: Rewrite | null = null;
  /** So many bytes of a frame that passes are still to come. */
  private passing = 0;

  constructor(headBytes: number, judge: (head: Buffer) => Rewrite | null) {
    this.headBytes = headBytes;
    this.judge = judge;
  }

  /** What to hand on for this chunk, in order. */
  push(chunk: Buffer): Buffer[] {
    const data = this.held.length === 0 ? chunk : Buffer.concat([this.held, chunk]);
    const out: Buffer[] = [];
    let passedFrom = 0;
    let at = 0;
    while (at < data.length) {
      if (this.passing > 0) {
        const step = Math.min(this.passing, data.length - at);
        this.passing -= step;
        at += step;
        continue;
      }
      if (data.length - at < this.headBytes) break;
      const frameBytes = this.frameBytes(data, at);
      this.rewrite ??= this.judge(data.subarray(at, at + this.headBytes));
      if (this.rewrite === null) {
        this.passing = frameBytes;
        continue;
      }
      if (data.length - at < frameBytes) break;
      if (at > passedFrom) out.push(data.subarray(passedFrom, at));
      out.push(this.rewrite(data.subarray(at, at + frameBytes)));
      this.rewrite = null;
      at += frameBytes;
      passedFrom = at;
    }
    if (at > passedFrom) out.push(data.subarray(passedFrom, at));
    this.held = data.subarray(at);
    return out;
  }

  private frameBytes(data: Buffer, at: number): number {
    const size = data.readInt32BE(at);
    if (size < this.headBytes - 4 || size > maxFrameBytes)
      throw new RangeError(`a frame of ${size} bytes is none of Kafka's`);
    return 4 + size;
  }
}
