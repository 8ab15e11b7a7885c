import { expect } from 'bun:test';
import type { TakenSpan } from '../otlp/index.ts';

/** Times are those of one machine's clock, told in whole milliseconds by some and in fractions by others. */
const ROUNDING_MS = 2;

/** Whether the spans are one trace, whole: one root, which hangs below the caller's span, and no parent missing. */
export function expectWhole(spans: readonly TakenSpan[], callersSpanId: string): void {
  const known = new Map(spans.map((span) => [span.spanId, span]));
  expect(known.size, 'each span comes once').toBe(spans.length);
  const orphans = spans.filter(({ parentSpanId }) => !known.has(parentSpanId));
  expect(orphans.map(({ service, name, parentSpanId }) => ({ service, name, parentSpanId }))).toEqual([
    { service: orphans[0]?.service ?? '', name: orphans[0]?.name ?? '', parentSpanId: callersSpanId },
  ]);
  for (const { name, startMs, endMs, service } of spans) {
    expect(endMs, `${name} ends after it begins`).toBeGreaterThanOrEqual(startMs);
    expect(service, `${name} says whose it is`).not.toBe('');
  }
  for (const span of spans) {
    const parent = known.get(span.parentSpanId);
    if (parent === undefined) continue;
    const early = `${span.name} begins no earlier than what caused it, ${parent.name}`;
    expect(span.startMs, early).toBeGreaterThanOrEqual(parent.startMs - ROUNDING_MS);
  }
}

/** Whether every wait for an answer lasted from before the answerer began until after it was done. */
export function expectWaitsAroundAnswers(spans: readonly TakenSpan[]): void {
  const known = new Map(spans.map((span) => [span.spanId, span]));
  const answers = spans.filter(({ name }) => name.startsWith('answer '));
  expect(answers).not.toBeEmpty();
  for (const answer of answers) {
    const wait = known.get(answer.parentSpanId);
    expect(wait?.name).toBe(answer.name.replace(/^answer /, 'ask '));
    expect(wait?.startMs).toBeLessThanOrEqual(answer.startMs + ROUNDING_MS);
    expect(wait?.endMs).toBeGreaterThanOrEqual(answer.endMs - ROUNDING_MS);
  }
}

/** The names of the spans from the root down to this one. */
export function pathTo(spans: readonly TakenSpan[], span: TakenSpan | undefined): readonly string[] {
  const known = new Map(spans.map((each) => [each.spanId, each]));
  const path: string[] = [];
  for (let at = span; at !== undefined; at = known.get(at.parentSpanId))
    path.unshift(`${at.service}: ${at.name}`);
  return path;
}
