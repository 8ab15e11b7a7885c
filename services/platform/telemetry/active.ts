import { AsyncLocalStorage } from 'node:async_hooks';
import { parseTraceparent } from '../../../core/mod.ts';

/** The trace context that is active, of the whole process: it travels with async calls. */
export const activeContext: AsyncLocalStorage<string | null> = new AsyncLocalStorage();

/** For log lines: the trace that they belong to, where one is active. */
export function activeTraceFields(): { readonly traceId?: string } {
  const context = parseTraceparent(activeContext.getStore());
  return context === null ? {} : { traceId: context.traceId };
}

/** For requests to other services: the header of the trace that is active; empty where there is none. */
export function activeTraceHeader(): { readonly traceparent?: string } {
  const traceparent = activeContext.getStore() ?? null;
  return traceparent === null ? {} : { traceparent };
}
