// Reads PDFs and archives by code that is not ours.
import { unzipSync } from 'fflate';
import { extractText, getDocumentProxy } from 'unpdf';

/** The text of each page, with single spaces. */
export async function pdfPages(pdf: Uint8Array): Promise<readonly string[]> {
  // pdf.js takes the bytes away from whoever gives them
  const { text } = await extractText(await getDocumentProxy(new Uint8Array(pdf)), { mergePages: false });
  return text.map((page) => page.replace(/\s+/g, ' '));
}

/** A file of an archive. */
export interface Unzipped {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly text: string;
}

/** The files of an archive, in their order. Throws where it is none. */
export function unzipped(archive: Uint8Array): readonly Unzipped[] {
  return Object.entries(unzipSync(archive)).map(([name, bytes]) => ({
    name,
    bytes,
    text: new TextDecoder().decode(bytes),
  }));
}
