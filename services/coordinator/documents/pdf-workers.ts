// PDFs are made by workers: at most two at once, each within a time, and no more waiting than can be served soon.
import type { Bill, RenderOptions } from '../../../core/mod.ts';
import { unavailable } from '../../platform/http/index.ts';
import { PDF_RENDERER } from './pdf/renderer.ts';
import type { PdfErrand, PdfReport } from './pdf/worker.ts';
import { RecentBytes } from './recent-bytes.ts';

export interface PdfWorkersOptions {
  /** So many at once. Default 2. */
  readonly workers?: number;
  /** So many may wait for a worker. Default 32. */
  readonly waiting?: number;
  /** How long one may take, in milliseconds. Default 20,000. */
  readonly limitMs?: number;
  /** A worker that had nothing to do for so long ends, in milliseconds. Default 30,000. */
  readonly idleMs?: number;
  /** Starts a worker. */
  readonly open?: () => Worker;
}

interface Waiting {
  readonly errand: PdfErrand;
  readonly resolve: (pdf: Uint8Array) => void;
  readonly reject: (reason: unknown) => void;
}

interface Hand {
  readonly worker: Worker;
  idle: ReturnType<typeof setTimeout> | undefined;
}

const RECENT_BYTES_MAX = 8 * 1024 * 1024;

export class PdfWorkers {
  private readonly options: Required<PdfWorkersOptions>;
  private readonly free: Hand[] = [];
  private readonly queue: Waiting[] = [];
  private readonly recent = new RecentBytes(RECENT_BYTES_MAX);
  private readonly making = new Map<string, Promise<Uint8Array>>();
  private busy = 0;

  constructor(options: PdfWorkersOptions = {}) {
    const open = (): Worker => new Worker(new URL('./pdf/worker.ts', import.meta.url));
    this.options = { workers: 2, waiting: 32, limitMs: 20_000, idleMs: 30_000, open, ...options };
  }

  /**
   * The bill as PDF; `hash` is one of the bill's data. What was made of late is kept, and what is being made is made once.
   * Throws a 503 where too many wait, or where it took too long.
   */
  async render(bill: Bill, hash: string, options: RenderOptions = {}): Promise<Uint8Array> {
    const key = `${PDF_RENDERER} ${options.preview === true} ${hash}`;
    const known = this.recent.get(key) ?? this.making.get(key);
    if (known !== undefined) return await known;
    const made = this.make(bill, options);
    this.making.set(key, made);
    try {
      const pdf = await made;
      this.recent.put(key, pdf);
      return pdf;
    } finally {
      this.making.delete(key);
    }
  }

  /** The bill as PDF, for one who will not ask for it again. Waits as long as it takes; throws as {@link render}. */
  async renderOnce(bill: Bill): Promise<Uint8Array> {
    return await this.enqueue({ bill, options: {} });
  }

  private make(bill: Bill, options: RenderOptions): Promise<Uint8Array> {
    if (this.queue.length >= this.options.waiting) {
      const detail = `${this.queue.length} PDFs are waited for already: ask again in a few seconds, or take the bill as HTML.`;
      return Promise.reject(unavailable('too-many-documents', detail));
    }
    return this.enqueue({ bill, options });
  }

  private enqueue(errand: PdfErrand): Promise<Uint8Array> {
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
    this.queue.push({ errand, resolve, reject });
    this.next();
    return promise;
  }

  private next(): void {
    if (this.busy >= this.options.workers) return;
    const waiting = this.queue.shift();
    if (waiting === undefined) return;
    this.busy++;
    void this.perform(waiting).finally(() => {
      this.busy--;
      this.next();
    });
  }

  /** Settles what waits; never rejects itself. */
  private async perform({ errand, resolve, reject }: Waiting): Promise<void> {
    try {
      const hand = this.hand();
      const report = await this.reportOf(hand.worker, errand);
      this.release(hand);
      if ('pdf' in report) resolve(report.pdf);
      else reject(new Error(`a bill could not be made into a PDF: ${report.error}`));
    } catch (error) {
      reject(error); // whoever waits answers for it
    }
  }

  private hand(): Hand {
    const hand = this.free.pop();
    if (hand === undefined) return { worker: this.options.open(), idle: undefined };
    clearTimeout(hand.idle);
    hand.worker.ref();
    return hand;
  }

  private release(hand: Hand): void {
    // neither the worker nor its timer keeps the process
    hand.worker.unref();
    hand.idle = setTimeout(() => {
      this.free.splice(this.free.indexOf(hand), 1);
      hand.worker.terminate();
    }, this.options.idleMs);
    hand.idle.unref();
    this.free.push(hand);
  }

  /** What the worker says. One that takes too long, or breaks, is ended. */
  private async reportOf(worker: Worker, errand: PdfErrand): Promise<PdfReport> {
    const { promise, resolve, reject } = Promise.withResolvers<PdfReport>();
    const { limitMs } = this.options;
    const late = setTimeout(() => {
      const detail = `The PDF of this bill was not ready within ${limitMs / 1000} s: take the bill as HTML or text.`;
      reject(unavailable('document-too-slow', detail));
    }, limitMs);
    worker.onmessage = ({ data }: MessageEvent<PdfReport>) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(`the worker that makes PDFs broke: ${message}`));
    try {
      worker.postMessage(errand);
      return await promise;
    } catch (error) {
      worker.terminate();
      throw error; // the caller tells whoever waits
    } finally {
      clearTimeout(late);
    }
  }
}
