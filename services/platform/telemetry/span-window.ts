import type { RecentSpan } from './telemetry.ts';

/** So many spans of a process are kept for readers (invariant 7): about 4 MB. */
const SPANS_MAX = 8_000;

/** The spans that ended last: a ring. */
export class SpanWindow {
  readonly #limit: number;
  readonly #spans: RecentSpan[] = [];
  /** Where the next one goes, once the ring is full. */
  #next = 0;

  constructor(limit: number = SPANS_MAX) {
    this.#limit = limit;
  }

  add(span: RecentSpan): void {
    if (this.#spans.length < this.#limit) {
      this.#spans.push(span);
      return;
    }
    this.#spans[this.#next] = span;
    this.#next = (this.#next + 1) % this.#limit;
  }

  /** Of one trace or all, the oldest first. A span that was told twice comes once, as it was told last. */
  spans(traceId: string | null): readonly RecentSpan[] {
    const inOrder = [...this.#spans.slice(this.#next), ...this.#spans.slice(0, this.#next)];
    const wanted = traceId === null ? inOrder : inOrder.filter((each) => each.traceId === traceId);
    return [...new Map(wanted.map((each) => [`${each.traceId}-${each.spanId}`, each])).values()];
  }
}
