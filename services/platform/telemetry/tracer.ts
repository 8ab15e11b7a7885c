import type { Counter } from 'prom-client';
import {
  childContext,
  type FinishedSpan,
  formatTraceparent,
  parseTraceparent,
  type TraceContext,
} from '../../../core/mod.ts';
import { activeContext } from './active.ts';
import type { ExportQueue } from './export-queue.ts';
import { newTrace, randomSpanId } from './sampling.ts';
import type { SpanWindow } from './span-window.ts';
import type { Attributes, RecentSpan, Span, SpanOptions, Telemetry } from './telemetry.ts';

/** What the telemetries of all services of a process share. */
export interface Shared {
  readonly tracing: boolean;
  readonly ratio: number;
  readonly window: SpanWindow;
  readonly queue: ExportQueue<RecentSpan> | null;
  readonly counter: Counter<'outcome'> | null;
}

/** Attributes of a span: at most so many, and texts of so many characters (invariant 7). */
const ATTRIBUTES_MAX = 32;
const TEXT_MAX = 256;

const nowMs = (): number => performance.timeOrigin + performance.now();

/** The telemetry of one service of the process. */
export function telemetryOf(service: string, shared: Shared): Telemetry {
  const { tracing, ratio, window, queue } = shared;
  const keep = (span: FinishedSpan): void => {
    const context = parseTraceparent(span.traceparent);
    if (context === null) return;
    const { traceId, spanId } = context;
    const recent: RecentSpan = { ...span, attributes: bounded(span.attributes), service, traceId, spanId };
    shared.counter?.inc({ outcome: 'recorded' });
    window.add(recent);
    queue?.add(recent);
  };
  const active = (): string | null => activeContext.getStore() ?? null;
  return {
    tracing,
    active,
    within: (traceparent, run) => activeContext.run(traceparent, run),
    span: async (name, options, run) => {
      const parent = options.parent === undefined ? active() : options.parent;
      const context = contextOf(parseTraceparent(parent), options, tracing ? ratio : null);
      if (context === null || !context.sampled || !tracing) {
        // somebody else's trace is passed on as it is, and one that is not recorded here stays so
        const passed = parent ?? (context === null ? null : formatTraceparent(context));
        return await activeContext.run(passed, () => run(null));
      }
      const span = new RunningSpan(
        name,
        formatTraceparent(context),
        parseTraceparent(parent) && parent,
        options,
        keep,
      );
      try {
        return await activeContext.run(span.traceparent, () => run(span));
      } catch (error) {
        span.fail(error);
        throw error;
      } finally {
        span.end();
      }
    },
    record: (spans) => {
      if (tracing) for (const span of spans) keep(span);
    },
    headersOf: ({ headers: { traceparent } }) => (traceparent === undefined ? {} : { traceparent }),
    of: (name) => telemetryOf(name, shared),
    recent: (traceId = null) => window.spans(traceId),
    close: async () => {
      await queue?.close();
    },
  };
}

/** The context of a new span; null where there is no trace and none begins, as nothing is recorded here. */
function contextOf(
  parent: TraceContext | null,
  { seed }: SpanOptions,
  ratio: number | null,
): TraceContext | null {
  if (parent === null) return ratio === null ? null : newTrace(ratio);
  if (!parent.sampled) return parent;
  if (seed !== undefined) return parseTraceparent(childContext(formatTraceparent(parent), seed));
  return { ...parent, spanId: randomSpanId() };
}

class RunningSpan implements Span {
  readonly traceparent: string;
  readonly #parent: string | null;
  readonly #options: SpanOptions;
  readonly #keep: (span: FinishedSpan) => void;
  readonly #startMs: number = nowMs();
  #name: string;
  #attributes: Attributes;
  #failure: string | null = null;
  #isOver = false;

  constructor(
    name: string,
    traceparent: string,
    parent: string | null,
    options: SpanOptions,
    keep: (span: FinishedSpan) => void,
  ) {
    this.#name = name;
    this.traceparent = traceparent;
    this.#parent = parent;
    this.#options = options;
    this.#attributes = options.attributes ?? {};
    this.#keep = keep;
  }

  set(attributes: Attributes): void {
    this.#attributes = { ...this.#attributes, ...attributes };
  }

  rename(name: string): void {
    this.#name = name;
  }

  fail(error: unknown): void {
    this.#failure ??= error instanceof Error ? error.message : String(error);
  }

  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#keep({
      name: this.#name,
      kind: this.#options.kind ?? 'internal',
      traceparent: this.traceparent,
      parent: this.#parent,
      startMs: this.#startMs,
      endMs: nowMs(),
      attributes: this.#attributes,
      failure: this.#failure,
    });
  }
}

function bounded(attributes: Attributes): Attributes {
  const entries = Object.entries(attributes).slice(0, ATTRIBUTES_MAX);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, typeof value === 'string' ? value.slice(0, TEXT_MAX) : value]),
  );
}
