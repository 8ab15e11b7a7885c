import { Caller, type CallOptions, type ConnectOptions, parsed } from './call.ts';
import { DeadLetters } from './dead-letters.ts';
import { COMMENT_MS, follow } from './follow.ts';
import { Jobs } from './jobs.ts';
import { afterIn, itemsOf } from './pages.ts';
import { routes } from './routes.ts';
import { type BillFormat, RunHandle, StartedRun } from './run.ts';
import type {
  AcceptedPreview,
  AcceptedRun,
  BillsPage,
  ListedBill,
  Preview,
  PreviewedBill,
  PreviewRequest,
  RenderedBill,
  RunRequest,
  RunSummary,
  RunsPage,
} from './types.ts';

export interface StartOptions extends CallOptions {
  /**
   * Names the request: sent again with the same content, also by another process, it gives the same run. Default: made
   * by chance for each call, and kept while that is tried again.
   */
  readonly idempotencyKey?: string;
}

/** Of what is searched, one is given; `limit` is the size of a page. */
export interface BillSearch extends CallOptions {
  readonly customer?: string;
  readonly number?: string;
  readonly run?: string;
  readonly limit?: number;
}

/** A coordinator. All methods throw `RequiteError`. */
export class Requite {
  readonly jobs: Jobs;
  readonly deadLetters: DeadLetters;
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
    this.jobs = new Jobs(caller);
    this.deadLetters = new DeadLetters(caller);
  }

  /** Starts a run. It is durable when this gives it. */
  start(request: RunRequest, { idempotencyKey, signal }: StartOptions = {}): Promise<StartedRun> {
    // a run-id does the same
    const key = idempotencyKey ?? (request.runId === undefined ? newKey() : undefined);
    const headers: Record<string, string> = key === undefined ? {} : { 'idempotency-key': key };
    return this.#caller.call(routes.start, { body: request, headers, signal }, async (response) => {
      const accepted = parsed(await response.text(), response.status) as AcceptedRun;
      const isReplayed = response.headers.get('idempotent-replayed') === 'true';
      return new StartedRun(accepted, isReplayed, this.#caller);
    });
  }

  /** A run that there is. */
  run(runId: string): RunHandle {
    return new RunHandle(runId, this.#caller);
  }

  /** All runs, the newest first; `limit`: the size of a page. */
  runs({
    limit = 100,
    signal,
  }: CallOptions & { readonly limit?: number } = {}): AsyncGenerator<RunSummary, void, undefined> {
    return itemsOf(async (after) => {
      const { runs, links }: RunsPage = await this.#caller.json(routes.runs, {
        query: { limit, after },
        signal,
      });
      return { items: runs, after: afterIn(links) };
    });
  }

  /**
   * Runs as they change, without end: first the 50 that changed last, then each that is accepted, ends or stands otherwise,
   * and about once a second those that go on.
   */
  async *follow({ signal }: CallOptions = {}): AsyncGenerator<RunSummary, void, undefined> {
    const given = { waitMs: COMMENT_MS, signal };
    for await (const { event, data } of follow(this.#caller, routes.allEvents, given, () => false))
      if (event === 'run') yield data as RunSummary;
  }

  /** Bills in a few words: the latest first, or those of a customer, of a run, or the one of a number. */
  bills({
    customer,
    number,
    run,
    limit = 50,
    signal,
  }: BillSearch = {}): AsyncGenerator<ListedBill, void, undefined> {
    return itemsOf(async (after) => {
      const query = { customer, number, run, limit, after };
      const { bills, links }: BillsPage = await this.#caller.json(routes.bills, { query, signal });
      return { items: bills, after: afterIn(links) };
    });
  }

  /** Asks for bills as they would be, of at most 100 customers: nothing is billed. */
  startPreview(request: PreviewRequest, { signal }: CallOptions = {}): Promise<AcceptedPreview> {
    return this.#caller.json(routes.startPreview, { body: request, signal });
  }

  /** How previews stand, once all have ended, or after `waitMs` (at most 300,000). */
  preview(
    previewId: string,
    { waitMs = 0, signal }: CallOptions & { readonly waitMs?: number } = {},
  ): Promise<Preview> {
    const query = waitMs === 0 ? {} : { wait: `${waitMs}ms` };
    return this.#caller.json(routes.preview, { path: { previewId }, query, waitMs, signal });
  }

  /** The data of one preview; `place`: the customer's in the request, from 1. The other formats are where its links say. */
  async previewedBill(previewId: string, place: number, options: CallOptions = {}): Promise<RenderedBill> {
    const document = `${place}.json`;
    const { preview }: PreviewedBill = await this.#caller.json(routes.previewDocument, {
      path: { previewId, document },
      ...options,
    });
    return preview;
  }

  /** A bill: its text, its page, the bytes of its PDF, or its data. */
  bill(workflowId: string, format?: 'txt' | 'html', options?: CallOptions): Promise<string>;
  bill(workflowId: string, format: 'pdf', options?: CallOptions): Promise<Uint8Array>;
  bill(workflowId: string, format: 'json', options?: CallOptions): Promise<RenderedBill>;
  bill(
    workflowId: string,
    format: BillFormat = 'txt',
    { signal }: CallOptions = {},
  ): Promise<string | Uint8Array | RenderedBill> {
    const headers = { accept: MEDIA_TYPES[format] };
    return this.#caller.call(routes.bill, { path: { workflowId }, headers, signal }, async (response) => {
      if (format === 'pdf') return new Uint8Array(await response.arrayBuffer());
      const text = await response.text();
      return format === 'json' ? (parsed(text, response.status) as RenderedBill) : text;
    });
  }
}

const MEDIA_TYPES: Readonly<Record<BillFormat, string>> = {
  txt: 'text/plain',
  html: 'text/html',
  pdf: 'application/pdf',
  json: 'application/json',
};

/** 128 bits by chance. `crypto.randomUUID` is not there on pages that came without TLS. */
function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The coordinator at this address; '' is the origin of the page. Nothing is asked yet. */
export function connect(url: string, options: ConnectOptions = {}): Requite {
  return new Requite(new Caller(url, options));
}
