import type { FinishedSpan, IncomingRecord, SpanKind } from '../../../core/mod.ts';

export type { SpanKind } from '../../../core/mod.ts';

export type Attributes = Readonly<Record<string, string | number | boolean>>;

/** Something that takes time, while it is under way. */
export interface Span {
  /** W3C trace context with this span as the parent: for headers of what it causes. */
  readonly traceparent: string;
  set(attributes: Attributes): void;
  /** Another name, where the first one could only be guessed. */
  rename(name: string): void;
  /** It failed, with this reason. */
  fail(error: unknown): void;
  end(): void;
}

export interface SpanOptions {
  readonly kind?: SpanKind;
  readonly attributes?: Attributes;
  /** The parent's trace context; default: what is active here; null: a trace of its own begins. */
  readonly parent?: string | null | undefined;
  /** What the span-id is made of, where the same work shall make the same span again; default: chance. */
  readonly seed?: string;
}

/** A span as the recent window and its readers have it. */
export interface RecentSpan extends FinishedSpan {
  readonly service: string;
  readonly traceId: string;
  readonly spanId: string;
}

/**
 * Traces, by OpenTelemetry: W3C context over HTTP and in record headers. What is active travels with async calls.
 */
export interface Telemetry {
  /** Whether spans are recorded; false: what others began is only passed on. */
  readonly tracing: boolean;
  /** The trace context that is active here, sampled or not; null where there is none. For headers of records. */
  active(): string | null;
  /** Runs within this trace context, without a span of its own. */
  within<T>(traceparent: string | null, run: () => T): T;
  /** Runs within a span, which ends when the result is settled, and fails where it throws. `span` is null where nothing is recorded. */
  span<T>(name: string, options: SpanOptions, run: (span: Span | null) => Promise<T>): Promise<T>;
  /** Takes spans that are over, as of work that was made durable just now. */
  record(spans: readonly FinishedSpan[]): void;
  /** The header of a record's trace, to be passed on; an empty object where there is none. */
  headersOf(record: Pick<IncomingRecord, 'headers'>): { readonly traceparent?: string };
  /** The same for one service of the process: its spans carry this name. */
  of(service: string): Telemetry;
  /** The spans of this process that ended last, of one trace or all, the oldest first. */
  recent(traceId?: string | null): readonly RecentSpan[];
  /** Sends what is left, within a few seconds. */
  close(): Promise<void>;
}
