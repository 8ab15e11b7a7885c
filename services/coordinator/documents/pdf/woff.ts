// A font without its web packing (WOFF 1.0, W3C 2012): fontkit unpacks a whole table each time that it looks at a glyph,
// which takes seconds for a font of 57,000.

const WOFF_HEADER = 44;
const WOFF_ENTRY = 20;
const SFNT_HEADER = 12;
const SFNT_ENTRY = 16;
const SIGNATURE = 0x774f4646;

/** The same font as OpenType. Throws where it is no WOFF. */
export async function unpackWoff(woff: Uint8Array): Promise<Uint8Array> {
  const view = new DataView(woff.buffer, woff.byteOffset, woff.byteLength);
  if (view.getUint32(0) !== SIGNATURE) throw new Error('This font is no WOFF: install the packages anew.');
  const tables = view.getUint16(12);
  const font = new Uint8Array(view.getUint32(16));
  const out = new DataView(font.buffer);
  out.setUint32(0, view.getUint32(4));
  writeSearchFields(out, tables);
  let at = SFNT_HEADER + tables * SFNT_ENTRY;
  for (let index = 0; index < tables; index++) {
    const from = WOFF_HEADER + index * WOFF_ENTRY;
    const to = SFNT_HEADER + index * SFNT_ENTRY;
    const offset = view.getUint32(from + 4);
    const length = view.getUint32(from + 12);
    const packed = woff.subarray(offset, offset + view.getUint32(from + 8));
    font.set(packed.length < length ? await inflated(packed) : packed, at);
    out.setUint32(to, view.getUint32(from)); // tag
    out.setUint32(to + 4, view.getUint32(from + 16)); // checksum
    out.setUint32(to + 8, at);
    out.setUint32(to + 12, length);
    at += Math.ceil(length / 4) * 4;
  }
  return font;
}

/** How many tables there are, and what a binary search among them begins with. */
function writeSearchFields(out: DataView, tables: number): void {
  const log = Math.floor(Math.log2(tables));
  const range = 2 ** log * SFNT_ENTRY;
  out.setUint16(4, tables);
  out.setUint16(6, range);
  out.setUint16(8, log);
  out.setUint16(10, tables * SFNT_ENTRY - range);
}

async function inflated(packed: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate'));
  return await new Response(stream).bytes();
}
