// A bill in a format: its bytes, and what goes with them over HTTP.
import {
  type BillPreview,
  HTML_STYLE,
  type RenderedBill,
  renderBill,
  renderBillHtml,
} from '../../../core/mod.ts';
import { assertRecorded, recordedText } from './find-bill.ts';
import type { Format } from './formats.ts';
import type { PdfWorkers } from './pdf-workers.ts';

/** SHA-256 of a bill's data, in hexadecimal: what its documents are made of. */
function dataHash({ bill }: RenderedBill): string {
  return new Bun.CryptoHasher('sha256').update(JSON.stringify(bill)).digest('hex');
}

/** The entity tag of a bill's document, quoted. It needs no document to be made. */
export function etagOf(rendered: RenderedBill, { name, renderer }: Format): string {
  if (name === 'txt') return `"${rendered.sha256}"`;
  // the JSON has the recorded hash beside the data
  if (name === 'json') return `"${dataHash(rendered)}-${rendered.sha256.slice(0, 16)}-${rendered.renderer}"`;
  return `"${dataHash(rendered)}-${renderer}"`;
}

/**
 * The document. `isOnce`: nobody will ask for it again soon. Throws a 500 where the data are not those of the reported
 * bill, and a 503 where a PDF can't be made now.
 */
export async function makeDocument(
  rendered: RenderedBill,
  format: Format,
  pdfs: PdfWorkers,
  isOnce = false,
): Promise<string | Uint8Array> {
  switch (format.name) {
    case 'txt':
      return recordedText(rendered);
    case 'html':
      assertRecorded(rendered);
      return renderBillHtml(rendered.bill);
    case 'pdf':
      assertRecorded(rendered);
      return await (isOnce ? pdfs.renderOnce(rendered.bill) : pdfs.render(rendered.bill, dataHash(rendered)));
    case 'json':
      return JSON.stringify(rendered);
    default:
      return format.name satisfies never;
  }
}

/** A preview's document, marked as one. Throws a 503 where a PDF can't be made now. */
export async function makePreview(
  { preview }: BillPreview,
  format: Format,
  pdfs: PdfWorkers,
): Promise<string | Uint8Array> {
  const { bill } = preview;
  const options = { preview: true };
  switch (format.name) {
    case 'txt':
      return renderBill(bill, options);
    case 'html':
      return renderBillHtml(bill, options);
    case 'pdf':
      return await pdfs.render(bill, dataHash(preview), options);
    case 'json':
      return JSON.stringify({ preview });
    default:
      return format.name satisfies never;
  }
}

/** The page may use the style that is in it, and nothing else. Our own pages show it in a frame. */
export const HTML_POLICY: string = [
  "default-src 'none'",
  `style-src 'sha256-${new Bun.CryptoHasher('sha256').update(HTML_STYLE).digest('base64')}'`,
  "frame-ancestors 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');
