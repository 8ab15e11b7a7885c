import type { Caller, CallOptions } from './call.ts';
import { COMMENT_MS, follow, type Told } from './follow.ts';
import { afterIn, itemsOf } from './pages.ts';
import { routes } from './routes.ts';
import { sleep } from './time.ts';
import type {
  AcceptedRun,
  AcceptedRunCommand,
  Run,
  RunAudit,
  RunEvent,
  RunException,
  RunHistory,
  RunProgress,
  RunWorkflow,
} from './types.ts';

/** What a bill can be had as. */
export type BillFormat = 'txt' | 'html' | 'pdf' | 'json';

/** One page of what there is. */
export interface PageOptions extends CallOptions {
  /** At most so many items. */
  readonly limit?: number;
  /** Where the page before ended. */
  readonly after?: string | number;
}

export interface WaitOptions extends CallOptions {
  /** When to come back although the run has not ended, in milliseconds; default: never. */
  readonly timeoutMs?: number;
}

/** So long the coordinator is asked to wait at a time: shorter than what gives up idle connections. */
const WAIT_MS = 60_000;
/** Between two looks at a run that goes on. */
const LOOK_MS = 500;
const PAGE = 1_000;

/** A run, by its id: nothing is asked before one of its methods is called. All throw `RequiteError`. */
export class RunHandle {
  readonly runId: string;
  protected readonly caller: Caller;

  constructor(runId: string, caller: Caller) {
    this.runId = runId;
    this.caller = caller;
  }

  /** How far it is, with one page of its workflows. */
  get({ limit, after, signal }: PageOptions = {}): Promise<Run> {
    return this.caller.json(routes.run, { path: this.#path, query: { limit, after }, signal });
  }

  /** All its workflows, in the order of the request. */
  workflows({ signal }: CallOptions = {}): AsyncGenerator<RunWorkflow, void, undefined> {
    return itemsOf(async (after) => {
      const { workflows, links } = await this.get({ limit: PAGE, signal, ...(after && { after }) });
      return { items: workflows, after: afterIn(links) };
    });
  }

  /**
   * Waits until it has ended, through restarts of the coordinator, or until its time is over: then `ended` is false. A
   * parked job has not ended: `parked` says how many wait for a retry.
   */
  async wait({ timeoutMs = Number.POSITIVE_INFINITY, signal }: WaitOptions = {}): Promise<RunProgress> {
    const endAt = performance.now() + timeoutMs;
    for (;;) {
      const begun = performance.now();
      const waitMs = Math.max(0, Math.min(WAIT_MS, Math.ceil(endAt - begun)));
      const query = { wait: `${waitMs}ms`, limit: 1 };
      const run: Run = await this.caller.json(routes.run, { path: this.#path, query, waitMs, signal });
      const now = performance.now();
      if (run.ended || now >= endAt) return run;
      // a coordinator that stops lets go of who waits
      if (now - begun < LOOK_MS) await sleep(Math.min(LOOK_MS, endAt - now), signal);
    }
  }

  /** Lets nothing more of it be published until it is resumed. A run that has ended or is cancelled is a 409. */
  pause({ signal }: CallOptions = {}): Promise<AcceptedRunCommand> {
    return this.caller.json(routes.pauseRun, { path: this.#path, signal });
  }

  /** Lets it go on. */
  resume({ signal }: CallOptions = {}): Promise<AcceptedRunCommand> {
    return this.caller.json(routes.resumeRun, { path: this.#path, signal });
  }

  /** Ends it for good; bills that exist stay. */
  cancel({ signal }: CallOptions = {}): Promise<AcceptedRunCommand> {
    return this.caller.json(routes.cancelRun, { path: this.#path, signal });
  }

  /** Lets its parked jobs go on, and asks for its failed workflows anew. */
  retry({ signal }: CallOptions = {}): Promise<AcceptedRunCommand> {
    return this.caller.json(routes.retryRun, { path: this.#path, signal });
  }

  /** One page of what was wanted of it, by whom and when. */
  history({ limit, after, signal }: PageOptions = {}): Promise<RunHistory> {
    return this.caller.json(routes.history, { path: this.#path, query: { limit, after }, signal });
  }

  /** How far it is, again whenever that has changed, through restarts of the coordinator; the last one has ended. */
  async *follow(options: CallOptions = {}): AsyncGenerator<RunProgress, void, undefined> {
    for await (const { event, data } of this.events(options))
      if (event === 'progress' || event === 'ended') yield data;
  }

  /** What happens to it, none twice and none left out: `follow`, and each job that became parked, failed or cancelled. */
  async *events({ signal }: CallOptions = {}): AsyncGenerator<RunEvent, void, undefined> {
    const isLast = (event: string): boolean => event === 'ended';
    for await (const told of follow(
      this.caller,
      routes.runEvents,
      { path: this.#path, waitMs: COMMENT_MS, signal },
      isLast,
    ))
      if (isKnown(told)) yield told;
  }

  /** All its bills as one ZIP archive, made while it is read. A stream that breaks off has an error. */
  async bills(format: BillFormat = 'pdf', { signal }: CallOptions = {}): Promise<ReadableStream<Uint8Array>> {
    const body = await this.caller.stream(routes.archive, {
      path: this.#path,
      query: { format },
      headers: { accept: 'application/zip' },
      signal,
    });
    return body ?? new ReadableStream({ start: (controller) => controller.close() });
  }

  /** Asked = answered = billed, from the log alone, with one page of the exceptions. */
  audit({ limit, after, signal }: PageOptions = {}): Promise<RunAudit> {
    return this.caller.json(routes.audit, { path: this.#path, query: { limit, after }, signal });
  }

  /** All workflows that somebody may want to look at. */
  exceptions({ signal }: CallOptions = {}): AsyncGenerator<RunException, void, undefined> {
    return itemsOf(async (after) => {
      const { exceptions, links } = await this.audit({ limit: PAGE, signal, ...(after && { after }) });
      return { items: exceptions, after: afterIn(links) };
    });
  }

  get #path(): { readonly runId: string } {
    return { runId: this.runId };
  }
}

const EVENTS: readonly string[] = ['progress', 'job', 'jobs-left-out', 'ended'] satisfies RunEvent['event'][];

/** What later versions tell beside these is passed over. */
const isKnown = (told: Told): told is RunEvent => EVENTS.includes(told.event);

/** A run that was just accepted. */
export class StartedRun extends RunHandle {
  readonly accepted: AcceptedRun;
  /** Whether it was there before, and this is the first reply again. */
  readonly replayed: boolean;

  constructor(accepted: AcceptedRun, replayed: boolean, caller: Caller) {
    super(accepted.runId, caller);
    this.accepted = accepted;
    this.replayed = replayed;
  }
}
