import type { Elysia } from 'elysia';

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

/** Listens with the app. Port 0 takes a free one. Throws `ListenError`. */
export function listen(app: Served, host: string, port: number): Listening {
  const server = serve(app, host, port);
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

/**
 * Throws `ListenError` where the port can't be had, as `listen` would: for a start that opens files of its own
 * first, which the process that has the port most likely has too.
 */
export async function requirePort(name: string, host: string, port: number): Promise<void> {
  if (port === 0) return;
  const server = serve({ config: { name }, fetch: () => new Response(null, { status: 503 }) }, host, port);
  await server.stop(true);
}

type Served = Pick<Elysia, 'fetch' | 'config'>;
type Server = ReturnType<typeof Bun.serve>;

function serve(app: Served, host: string, port: number): Server {
  try {
    return Bun.serve({
      hostname: host,
      port,
      idleTimeout: IDLE_TIMEOUT_SECONDS,
      maxRequestBodySize: RUNTIME_BODY_LIMIT_BYTES,
      development: false,
      // with `development: false` alone Bun shares a taken port instead of refusing it
      reusePort: false,
      fetch: (request) => (request.method === 'HEAD' ? head(app, request) : app.fetch(request)),
    });
  } catch (error) {
    // Bun's message names neither the port nor the setting.
    throw listenError(error, `${String(app.config.name ?? '').toUpperCase()}_PORT`, host, port);
  }
}

/** HEAD is GET without the body, for every route. */
async function head(app: Pick<Elysia, 'fetch'>, request: Request): Promise<Response> {
  const answer = await app.fetch(new Request(request.url, { headers: request.headers }));
  const { status, headers } = answer;
  // Bun sends no body with HEAD, and the length that it would have
  return new Response(await answer.arrayBuffer(), { status, headers });
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
