import { formatTraceparent, parseTraceparent } from '../../../core/mod.ts';
import type { Span, Telemetry } from '../telemetry/telemetry.ts';

type Fetch = (request: Request) => Response | Promise<Response>;

const spans: WeakMap<Request, Span> = new WeakMap();

/** What is asked often and tells nothing of the work. */
const UNTRACED = /^https?:\/\/[^/]*\/(health|metrics|docs|openapi\.json)([/?]|$)/;

/**
 * Answers each request within a server span, which goes on with the caller's trace; without one a trace begins, sampled or
 * not. Where nothing is recorded, the caller's trace is only active while the request is answered.
 */
export function traced(telemetry: Telemetry | undefined, fetch: Fetch): Fetch {
  if (telemetry === undefined) return fetch;
  return (request) => {
    const came = parseTraceparent(request.headers.get('traceparent'));
    if ((came === null && !telemetry.tracing) || UNTRACED.test(request.url)) return fetch(request);
    const parent = came === null ? null : formatTraceparent(came);
    const attributes = { 'http.request.method': request.method };
    return telemetry.span(request.method, { kind: 'server', parent, attributes }, async (span) => {
      if (span !== null) spans.set(request, span);
      const response = await fetch(request);
      span?.set({ 'http.response.status_code': response.status });
      if (response.status >= 500) span?.fail(`answered ${response.status}`);
      return response;
    });
  };
}

/** Names the span of a request after its route, once that is known: never after what a client sent. */
export function nameSpan(request: Request, route: string): void {
  const span = spans.get(request);
  if (span === undefined || route === '') return;
  span.rename(`${request.method} ${route}`);
  span.set({ 'http.route': route });
}
