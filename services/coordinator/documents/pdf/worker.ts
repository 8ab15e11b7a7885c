// Makes PDFs aside, so that the coordinator goes on answering.
import type { Bill, RenderOptions } from '../../../../core/mod.ts';
import { renderPdf } from './render-pdf.ts';

export interface PdfErrand {
  readonly bill: Bill;
  readonly options: RenderOptions;
}

/** `error` is what went wrong, for the log. */
export type PdfReport = { readonly pdf: Uint8Array } | { readonly error: string };

declare const self: Worker;

self.onmessage = async ({ data }: MessageEvent<PdfErrand>) => {
  self.postMessage(await report(data));
};

async function report({ bill, options }: PdfErrand): Promise<PdfReport> {
  try {
    return { pdf: await renderPdf(bill, options) };
  } catch (error) {
    // the errand's own failure: the worker takes the next one
    return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
