// As much of fontkit as is used here. It ships no types.
declare module 'fontkit' {
  /** A font that is read table by table, as it is needed. */
  export interface Font {
    hasGlyphForCodePoint(codePoint: number): boolean;
  }
  /** Opens a font of one face. Throws where it is none. */
  export function create(bytes: Uint8Array): Font;
}
