import type { IncomingRecord } from '../../../core/mod.ts';

export type Attributes = Readonly<Record<string, string | number | boolean>>;

/** Something that takes time, while it is under way. */
export interface Span {
  /** W3C trace context with this span as the parent: for headers of what it causes. */
  readonly traceparent: string;
  set(attributes: Attributes): void;
  /** It failed, with this reason. */
  fail(error: unknown): void;
  end(): void;
}

export type SpanKind = 'internal' | 'server' | 'client' | 'producer' | 'consumer';

export interface SpanOptions {
  readonly kind?: SpanKind;
  readonly attributes?: Attributes;
  /** The parent's trace context; default: what is active here; null: a trace of its own begins. */
  readonly parent?: string | null | undefined;
}

/**
 * Traces, by OpenTelemetry: W3C context over HTTP and in record headers. What is active travels with async calls.
 */
export interface Telemetry {
  /** The trace context that is active here, sampled or not; null where there is none. For headers of records. */
  active(): string | null;
  /** Runs within this trace context, without a span of its own. */
  within<T>(traceparent: string | null, run: () => T): T;
  /** Runs within a span, which ends when the result is settled, and fails where it throws. `span` is null where nothing is recorded. */
  span<T>(name: string, options: SpanOptions, run: (span: Span | null) => Promise<T>): Promise<T>;
  /** The header of a record's trace, to be passed on; an empty object where there is none. */
  headersOf(record: Pick<IncomingRecord, 'headers'>): { readonly traceparent?: string };
  /** Sends what is left, within a few seconds. */
  close(): Promise<void>;
}
