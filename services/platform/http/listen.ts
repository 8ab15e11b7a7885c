import type { Elysia } from 'elysia';
import { withSessionCookies } from '../auth/session.ts';
import { createHttp, type HttpOptions } from './app.ts';
import { Door } from './door.ts';
import { Registry } from './metrics.ts';
import { problemResponse, unavailable } from './problem.ts';
import { traced } from './tracing.ts';
import { withoutPaths } from './without-paths.ts';

/** How long requests in flight may take when the service stops, in milliseconds. */
const STOP_WITHIN_MS = 5_000;
/** Seconds without a byte after which a connection is closed; a route's own waiting must end earlier. */
const IDLE_TIMEOUT_SECONDS = 120;
/** Above every limit of ours, so that a body that is too large gets our answer, not Bun's empty one. */
const RUNTIME_BODY_LIMIT_BYTES = Number.MAX_SAFE_INTEGER;
const STOP_POLL_MS = 10;

/** An address that can't be listened on. The message says what to do. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

export interface Listening {
  readonly url: string;
  readonly port: number;
  /** Takes no more connections, lets requests in flight finish within 5 s, then closes what is left. */
  stop(): Promise<void>;
}

/** Listens with the app, behind a door with its limits. Port 0 takes a free one. Throws `ListenError`. */
export function listen(app: Served, host: string, port: number, door: Door = new Door()): Listening {
  const server = serve(app, host, port, door);
  const boundPort = server.port ?? port;
  let stopping: Promise<void> | null = null;
  return {
    url: `http://${reachable(host)}:${boundPort}`,
    port: boundPort,
    stop: () => {
      stopping ??= stop(server);
      return stopping;
    },
  };
}

/** Listening that began before the service could do its work. */
export interface EarlyListening extends Listening {
  /** From now on requests go to the app. */
  serve(app: Served): void;
}

/**
 * Listens at once, so that a service that waits for its log says so: it answers for health and metrics, and 503 with
 * what it waits for to all else, until it is given its app. Throws `ListenError`.
 */
export function listenEarly(options: HttpOptions, host: string, port: number): EarlyListening {
  const starting = createHttp({ ...options, registry: new Registry() }); // the app has the service's own
  let app: Served | null = null;
  const answer = async (request: Request): Promise<Response> => {
    if (app !== null) return withSessionCookies(request, await app.fetch(request));
    if (/^\/(health|metrics)(\/|$)/.test(new URL(request.url).pathname)) return starting.fetch(request);
    const waiting = withoutPaths(Object.values((await options.readiness()).checks).join('; '));
    const problem = unavailable(
      'starting',
      `The service is starting: ${waiting}. Send the same again in a few seconds.`,
    );
    return options.problemPage?.(problem, request) ?? problemResponse(problem);
  };
  const fetch = traced(options.telemetry, answer);
  const listening = listen({ config: starting.config, fetch }, host, port, new Door(options));
  return {
    ...listening,
    serve: (served) => {
      app = served;
    },
  };
}

interface Served {
  readonly config: Elysia['config'];
  readonly fetch: (request: Request) => Response | Promise<Response>;
}

type Server = ReturnType<typeof Bun.serve>;

function serve(app: Served, host: string, port: number, door: Door): Server {
  const fetch = (request: Request) => (request.method === 'HEAD' ? head(app, request) : app.fetch(request));
  try {
    return Bun.serve({
      hostname: host,
      port,
      idleTimeout: IDLE_TIMEOUT_SECONDS,
      maxRequestBodySize: RUNTIME_BODY_LIMIT_BYTES,
      development: false,
      // with `development: false` alone Bun shares a taken port instead of refusing it
      reusePort: false,
      fetch: (request, server) => door.answer(request, server.requestIP(request)?.address ?? null, fetch),
    });
  } catch (error) {
    // Bun's message names neither the port nor the setting.
    throw listenError(error, `${String(app.config.name ?? '').toUpperCase()}_PORT`, host, port);
  }
}

/** HEAD is GET without the body, for every route. */
async function head(app: Served, request: Request): Promise<Response> {
  const { headers: sent, signal } = request;
  const answer = await app.fetch(new Request(request.url, { headers: sent, signal }));
  const { status, headers } = answer;
  if (headers.get('content-type') === 'text/event-stream') {
    await answer.body?.cancel(); // it may not end
    return new Response(null, { status, headers });
  }
  // Bun sends no body with HEAD, and the length that it would have
  return new Response(await bytesOf(answer), { status, headers });
}

/** A longer body is a stream without end or size, as of an archive: HEAD has no use for making it. */
const HEAD_BODY_BYTES = 1024 * 1024;

/** The body; null where there is none, or it is longer. */
async function bytesOf({ body }: Response): Promise<Blob | null> {
  if (body === null) return null;
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for await (const part of body) {
    parts.push(new Uint8Array(part));
    length += part.length;
    if (length > HEAD_BODY_BYTES) return null; // leaving the loop cancels the stream
  }
  return new Blob(parts);
}

function listenError(error: unknown, setting: string, host: string, port: number): ListenError {
  const code = String((error as { code?: unknown }).code ?? error);
  const message =
    code === 'EADDRINUSE'
      ? `port ${port} is taken: stop the other process or set ${setting}`
      : code === 'EACCES'
        ? `port ${port} needs more rights than this user has: set ${setting} to one from 1024`
        : `can't listen on ${host}:${port} (${code}): set HOST to an address of this machine, such as 127.0.0.1`;
  return new ListenError(message, { cause: error });
}

/** The host as a browser on this machine can use it. */
function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

async function stop(server: Server): Promise<void> {
  const giveUpAt = performance.now() + STOP_WITHIN_MS;
  const closed = server.stop();
  while (server.pendingRequests > 0 && performance.now() < giveUpAt) await Bun.sleep(STOP_POLL_MS);
  await server.stop(true);
  await closed;
}
