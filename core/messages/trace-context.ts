import { sha256 } from './sha256.ts';

/**
 * W3C trace context (https://www.w3.org/TR/trace-context/). A `traceparent` is `00-<trace-id>-<parent-id>-<flags>` in
 * lower-case hexadecimal; the lowest bit of the flags says that the trace is sampled.
 */
const PATTERN = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const NO_TRACE: string = '0'.repeat(32);
const NO_SPAN: string = '0'.repeat(16);
const SAMPLED = 1;

/** A `traceparent`, read. */
export interface TraceContext {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits: the span that whatever follows is a child of. */
  readonly spanId: string;
  readonly sampled: boolean;
}

/** Reads a `traceparent`; null for what is none: then a receiver goes on as if there were no header. */
export function parseTraceparent(text: string | null | undefined): TraceContext | null {
  const found = PATTERN.exec(text ?? '');
  if (found === null) return null;
  const [, version, traceId = NO_TRACE, spanId = NO_SPAN, flags = '00', more] = found;
  // only a version that is not ours may have more members than four
  if (version === 'ff' || (version === '00' && more !== undefined)) return null;
  if (traceId === NO_TRACE || spanId === NO_SPAN) return null;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & SAMPLED) === SAMPLED };
}

export function formatTraceparent({ traceId, spanId, sampled }: TraceContext): string {
  return `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`;
}

/** Whether somebody records this trace. Cheap: it looks at the flags alone. */
export function isSampled(traceparent: string | null | undefined): traceparent is string {
  if (traceparent === null || traceparent === undefined || traceparent.length < 55) return false;
  return (traceparent.charCodeAt(54) & SAMPLED) === SAMPLED && parseTraceparent(traceparent) !== null;
}

/**
 * The context of a span that follows from what it is of: the same trace, and a span-id made of the trace-id and
 * `seed`. So a replay, a repeat or another instance makes the same span again, and a wait can be told by whoever ends
 * it. A context that is not sampled, or none, comes back as it is: it costs nothing.
 */
export function childContext(traceparent: string, seed: string): string {
  const parent = isSampled(traceparent) ? parseTraceparent(traceparent) : null;
  if (parent === null) return traceparent;
  return `00-${parent.traceId}-${spanIdOf(parent.traceId, seed)}-01`;
}

function spanIdOf(traceId: string, seed: string): string {
  const digest = sha256(`${traceId}${seed}`);
  const spanId = digest.slice(0, 16);
  return spanId === NO_SPAN ? digest.slice(16, 32) : spanId;
}

/** The same trace and span, not recorded from here on. */
export function unsampled(traceparent: string): string {
  const context = parseTraceparent(traceparent);
  return context === null ? traceparent : formatTraceparent({ ...context, sampled: false });
}

/** The header of a trace to pass on; none where there is none. */
export function traceHeaders(traceparent: string | null | undefined): {
  readonly headers?: { readonly traceparent: string };
} {
  return traceparent === null || traceparent === undefined ? {} : { headers: { traceparent } };
}

export type SpanKind = 'internal' | 'server' | 'client' | 'producer' | 'consumer';

/** A span that is over, as data. Times in milliseconds since 1970 UTC. */
export interface FinishedSpan {
  readonly name: string;
  readonly kind: SpanKind;
  /** Its own context. */
  readonly traceparent: string;
  /** Its parent's; null for the root of a trace. */
  readonly parent: string | null;
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  /** Why it failed; null where it did not. */
  readonly failure: string | null;
}
