import type { TraceContext } from '../../../core/mod.ts';

const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, (each) => each.toString(16).padStart(2, '0')).join('');

/** A span-id by chance; never all zero. */
export function randomSpanId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  if (bytes.every((each) => each === 0)) bytes[7] = 1;
  return hex(bytes);
}

/** Whether a trace that begins here is recorded: its id decides, so that whoever asks again decides the same. */
function isChosen(traceId: string, ratio: number): boolean {
  return Number.parseInt(traceId.slice(18), 16) < ratio * 2 ** 56;
}

/** The context of a trace that begins here. */
export function newTrace(ratio: number): TraceContext {
  const traceId = randomSpanId() + randomSpanId();
  return { traceId, spanId: randomSpanId(), sampled: isChosen(traceId, ratio) };
}
