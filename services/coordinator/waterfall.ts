// A trace for people: who did what, when, and for how long, each thing under what caused it.
import type { RecentSpan } from '../platform/telemetry/index.ts';
import type { JobTrace, Reply } from './replies/index.ts';
import type { ReportedSpan } from './reported-spans.ts';

/** One row of the waterfall: see `Span` in replies/jobs.ts. */
export type WaterfallRow = Reply<typeof JobTrace>['spans'][number];

type Span = Omit<WaterfallRow, 'depth' | 'start' | 'offsetMs' | 'durationMs' | 'status'> & {
  readonly startMs: number;
  readonly endMs: number | null;
};

/** At most so many rows (invariant 7). */
const ROWS_MAX = 5_000;

/**
 * What led to the job (the first of `reported`), then the job and all that it caused, each under its cause and by time.
 * Of a span that both tell, what was measured stands. The rest of the trace, such as other jobs of the run, is left out.
 */
export function waterfall(
  reported: readonly ReportedSpan[],
  recent: readonly RecentSpan[],
): readonly WaterfallRow[] {
  const [job] = reported;
  if (job === undefined) return [];
  const spans = new Map<string, Span>();
  for (const each of reported) spans.set(each.spanId, { ...each, service: null });
  for (const each of recent)
    spans.set(each.spanId, { ...each, parentId: each.parent?.slice(36, 52) ?? null });
  const ancestors: Span[] = [];
  for (
    let above = spans.get(spans.get(job.spanId)?.parentId ?? '');
    above !== undefined && !ancestors.includes(above);
    above = spans.get(above.parentId ?? '')
  )
    ancestors.unshift(above);
  const children = new Map<string | null, Span[]>();
  for (const span of spans.values())
    children.set(span.parentId, [...(children.get(span.parentId) ?? []), span]);
  const first = ancestors[0] ?? spans.get(job.spanId);
  const rows = ancestors.map((span, depth) => rowOf(span, depth, first));
  const seen = new Set(ancestors.map(({ spanId }) => spanId));
  const add = (span: Span | undefined, depth: number): void => {
    if (span === undefined || seen.has(span.spanId) || rows.length >= ROWS_MAX) return;
    seen.add(span.spanId);
    rows.push(rowOf(span, depth, first));
    const below = [...(children.get(span.spanId) ?? [])].sort((one, other) => one.startMs - other.startMs);
    for (const child of below) add(child, depth + 1);
  };
  add(spans.get(job.spanId), ancestors.length);
  return rows;
}

function rowOf(span: Span, depth: number, first: Span | undefined): WaterfallRow {
  const { spanId, parentId, name, service, kind, startMs, endMs, failure, attributes } = span;
  const status = failure !== null ? 'error' : endMs === null ? 'open' : 'ok';
  return {
    spanId,
    parentId,
    depth,
    name,
    service,
    kind,
    start: new Date(startMs).toISOString(),
    offsetMs: Math.round(startMs - (first?.startMs ?? startMs)),
    durationMs: endMs === null ? null : Math.max(0, Math.round(endMs - startMs)),
    status,
    failure,
    attributes,
  };
}
