/** Byte strings by key, those of late: what was not asked for the longest goes first, once they are too many bytes. */
export class RecentBytes {
  private readonly entries = new Map<string, Uint8Array>();
  private readonly bytesMax: number;
  private bytes = 0;

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  get(key: string): Uint8Array | undefined {
    const found = this.entries.get(key);
    if (found === undefined) return undefined;
    this.entries.delete(key);
    this.entries.set(key, found);
    return found;
  }

  put(key: string, value: Uint8Array): void {
    this.bytes += value.byteLength - (this.entries.get(key)?.byteLength ?? 0);
    this.entries.delete(key);
    this.entries.set(key, value);
    for (const [oldest, { byteLength }] of this.entries) {
      if (this.bytes <= this.bytesMax) break;
      this.entries.delete(oldest);
      this.bytes -= byteLength;
    }
  }
}
