// The requests that this client sends: a test holds them against the coordinator's /openapi.json.

/**
 * When a request may be sent again by itself. `always`: twice is as good as once. `refused`: only where the coordinator
 * has answered that it did nothing (429, 503).
 */
type Repeat = 'always' | 'refused';

/** One request: its path with names in braces, and the names of all parameters that it can have. */
export interface Route<Path extends string = string, Query extends string = string> {
  readonly method: 'GET' | 'POST';
  readonly path: Path;
  readonly query: readonly Query[];
  readonly headers: readonly string[];
  readonly repeat: Repeat;
}

const get = <const Path extends string, const Query extends string = never>(
  path: Path,
  query: readonly Query[] = [],
  headers: readonly string[] = [],
): Route<Path, Query> => ({ method: 'GET', path, query, headers, repeat: 'always' });

const post = <const Path extends string>(
  path: Path,
  repeat: Repeat,
  headers: readonly string[] = [],
): Route<Path, never> => ({ method: 'POST', path, query: [], headers, repeat });

export const routes = {
  start: post('/runs', 'always', ['Idempotency-Key']),
  runs: get('/runs', ['limit', 'after']),
  allEvents: get('/events', [], ['Last-Event-ID']),
  run: get('/runs/{runId}', ['wait', 'limit', 'after']),
  runEvents: get('/runs/{runId}/events', [], ['Last-Event-ID']),
  history: get('/runs/{runId}/history', ['limit', 'after']),
  pauseRun: post('/runs/{runId}/pause', 'always'),
  resumeRun: post('/runs/{runId}/resume', 'always'),
  cancelRun: post('/runs/{runId}/cancel', 'always'),
  retryRun: post('/runs/{runId}/retry', 'always'),
  archive: get('/runs/{runId}/bills.zip', ['format']),
  audit: get('/runs/{runId}/audit', ['limit', 'after']),
  bills: get('/bills', ['customer', 'number', 'run', 'limit', 'after']),
  bill: get('/bills/{workflowId}'),
  startPreview: post('/previews', 'always'),
  preview: get('/previews/{previewId}', ['wait']),
  previewDocument: get('/previews/{previewId}/{document}'),
  jobs: get('/jobs', ['status', 'limit', 'after']),
  job: get('/jobs/{workflowId}'),
  jobTrace: get('/jobs/{workflowId}/trace'),
  jobMessages: get('/jobs/{workflowId}/messages'),
  retryJob: post('/jobs/{workflowId}/retry', 'refused'),
  cancelJob: post('/jobs/{workflowId}/cancel', 'refused'),
  deadLetters: get('/dead-letters', ['reason', 'topic', 'replayed', 'limit', 'after']),
  deadLetter: get('/dead-letters/{partition}/{offset}'),
  replay: post('/dead-letters/{partition}/{offset}/replay', 'always'),
  replayMany: post('/dead-letters/replay', 'refused'),
} as const;

/** The names in braces of a path. */
export type Names<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Names<Rest>
  : never;

/** The path with its parameters in place, percent-encoded, and what of the query is defined. */
export function addressOf(
  { path }: Pick<Route, 'path'>,
  parameters: Readonly<Record<string, string | number>>,
  query: Readonly<Record<string, string | number | undefined>>,
): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(parameters[name] ?? ''));
  const asked = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [`${encodeURIComponent(name)}=${encodeURIComponent(value)}`],
  );
  return asked.length === 0 ? filled : `${filled}?${asked.join('&')}`;
}
