// A ZIP archive, written as it is read (APPNOTE 6.3.10). Archives of more than 65,535 files or 4 GiB have the ZIP64 records;
// the small packages that stream ZIPs leave these out where files are many rather than large.

/** A file of the archive, below 4 GiB. */
export interface ZipEntry {
  /** Letters, digits, `_`, `-` and `.`. */
  readonly name: string;
  /** `YYYY-MM-DD`: the file is said to be changed at noon of that day. */
  readonly date: string;
  readonly bytes: Uint8Array;
  /** Whether to pack it. */
  readonly compress: boolean;
}

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const END_64 = 0x06064b50;
const END_64_LOCATOR = 0x07064b50;
const VERSION = 20;
const VERSION_64 = 45;
const UNIX = 3 << 8;
const REGULAR_FILE = 0o100644 * 0x10000;
const STORED = 0;
const DEFLATED = 8;
const MAX_16 = 0xffff;
const MAX_32 = 0xffffffff;
const NOON = 12 << 11;
/** The directory, which comes last, is kept in pieces of so many entries. */
const PIECE_ENTRIES = 512;

/** The archive's bytes, piece by piece. What is kept meanwhile is some 80 bytes a file. */
export async function* zipped(entries: AsyncIterable<ZipEntry>): AsyncGenerator<Uint8Array> {
  const directory = new Directory();
  let offset = 0;
  for await (const { name, date, bytes, compress } of entries) {
    const encoded = new TextEncoder().encode(name);
    const packed = compress ? Bun.deflateSync(bytes as Uint8Array<ArrayBuffer>) : bytes;
    const file: ZippedFile = {
      name: encoded,
      date: dosDate(date),
      method: compress ? DEFLATED : STORED,
      crc: Bun.hash.crc32(bytes),
      packed: packed.byteLength,
      size: bytes.byteLength,
      offset,
    };
    directory.add(file);
    offset += 30 + encoded.byteLength + packed.byteLength;
    yield localHeader(file);
    yield packed;
  }
  for (const piece of directory.pieces()) yield piece;
  yield endOf(directory.count, directory.bytes, offset);
}

interface ZippedFile {
  readonly name: Uint8Array;
  readonly date: number;
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  readonly offset: number;
}

/** The central directory as it grows. */
class Directory {
  count = 0;
  bytes = 0;
  private readonly done: Uint8Array[] = [];
  private open: Uint8Array[] = [];

  add(file: ZippedFile): void {
    const header = centralHeader(file);
    this.count++;
    this.bytes += header.byteLength;
    this.open.push(header);
    if (this.open.length === PIECE_ENTRIES) this.close();
  }

  pieces(): readonly Uint8Array[] {
    this.close();
    return this.done;
  }

  private close(): void {
    this.done.push(Buffer.concat(this.open));
    this.open = [];
  }
}

/** What is after the version in both headers of a file. */
function describe(view: DataView, at: number, { date, method, crc, packed, size, name }: ZippedFile): void {
  view.setUint16(at + 2, method, true);
  view.setUint16(at + 4, NOON, true);
  view.setUint16(at + 6, date, true);
  view.setUint32(at + 8, crc, true);
  view.setUint32(at + 12, packed, true);
  view.setUint32(at + 16, size, true);
  view.setUint16(at + 20, name.byteLength, true);
}

function localHeader(file: ZippedFile): Uint8Array {
  const header = new Uint8Array(30 + file.name.byteLength);
  const view = new DataView(header.buffer);
  view.setUint32(0, LOCAL, true);
  view.setUint16(4, VERSION, true);
  describe(view, 6, file);
  header.set(file.name, 30);
  return header;
}

function centralHeader(file: ZippedFile): Uint8Array {
  const { name, offset } = file;
  const isFar = offset >= MAX_32;
  const header = new Uint8Array(46 + name.byteLength + (isFar ? 12 : 0));
  const view = new DataView(header.buffer);
  view.setUint32(0, CENTRAL, true);
  view.setUint16(4, UNIX | VERSION_64, true);
  view.setUint16(6, isFar ? VERSION_64 : VERSION, true);
  describe(view, 8, file);
  view.setUint16(30, isFar ? 12 : 0, true);
  view.setUint32(38, REGULAR_FILE, true);
  view.setUint32(42, Math.min(offset, MAX_32), true);
  header.set(name, 46);
  if (isFar) {
    const extra = 46 + name.byteLength;
    view.setUint16(extra, 1, true);
    view.setUint16(extra + 2, 8, true);
    view.setBigUint64(extra + 4, BigInt(offset), true);
  }
  return header;
}

/** The end of the archive: how many files, and the length and place of the directory. */
function endOf(count: number, bytes: number, offset: number): Uint8Array {
  const needs64 = count >= MAX_16 || bytes >= MAX_32 || offset >= MAX_32;
  const end = new Uint8Array((needs64 ? 76 : 0) + 22);
  const view = new DataView(end.buffer);
  if (needs64) writeEnd64(view, count, bytes, offset);
  const at = end.byteLength - 22;
  view.setUint32(at, END, true);
  view.setUint16(at + 8, Math.min(count, MAX_16), true);
  view.setUint16(at + 10, Math.min(count, MAX_16), true);
  view.setUint32(at + 12, Math.min(bytes, MAX_32), true);
  view.setUint32(at + 16, Math.min(offset, MAX_32), true);
  return end;
}

function writeEnd64(view: DataView, count: number, bytes: number, offset: number): void {
  view.setUint32(0, END_64, true);
  view.setBigUint64(4, 44n, true);
  view.setUint16(12, UNIX | VERSION_64, true);
  view.setUint16(14, VERSION_64, true);
  view.setBigUint64(24, BigInt(count), true);
  view.setBigUint64(32, BigInt(count), true);
  view.setBigUint64(40, BigInt(bytes), true);
  view.setBigUint64(48, BigInt(offset), true);
  view.setUint32(56, END_64_LOCATOR, true);
  view.setBigUint64(64, BigInt(offset + bytes), true);
  view.setUint32(72, 1, true);
}

/** A day as DOS has it: years from 1980 to 2107. */
function dosDate(date: string): number {
  const [year = 1980, month = 1, day = 1] = date.split('-').map(Number);
  if (year < 1980) return (1 << 5) | 1;
  if (year > 2107) return (127 << 9) | (12 << 5) | 31;
  return ((year - 1980) << 9) | (month << 5) | day;
}
