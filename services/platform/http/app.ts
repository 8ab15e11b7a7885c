import { Elysia } from 'elysia';
import { TransportError } from '../../../core/mod.ts';
import { type Auth, access, openToAll } from '../auth/index.ts';
import type { Logger } from '../log.ts';
import type { Readiness } from '../service.ts';
import type { Telemetry } from '../telemetry/index.ts';
import { BodyReader } from './body.ts';
import { docsAsset, docsPage } from './docs.ts';
import { bodyKinds } from './form.ts';
import { type GuardedRoute, guard } from './guard.ts';
import { LaterBody } from './later-body.ts';
import { DEFAULT_LIMITS, type RequestLimits } from './limits.ts';
import { Registry, RequestMetrics } from './metrics.ts';
import { type DescribedRoute, describeApi } from './openapi.ts';
import { HttpProblem, problemResponse, transportProblem, unexpected } from './problem.ts';
import { queryCheck } from './query.ts';
import { allowedMethods } from './routes.ts';
import { nameSpan } from './tracing.ts';
import { withoutPaths } from './without-paths.ts';

/** The largest body that a service takes unless it says otherwise, in bytes. */
const BODY_LIMIT_BYTES: number = 16 * 1024 * 1024;

const API_VERSION = '1';

export interface HttpOptions {
  /** The service's name as in its settings: 'crm' for CRM_PORT. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly logger: Logger;
  readonly readiness: () => Promise<Readiness>;
  readonly telemetry?: Telemetry;
  /** Who may use which route; default: everybody all. */
  readonly auth?: Auth;
  /** Where metrics are kept; default: a registry of its own. */
  readonly registry?: Registry;
  /** What /metrics says, in Prometheus' text format; default: that registry. */
  readonly metricsText?: () => Promise<string>;
  /** The largest body, in bytes. Default 16 MiB. */
  readonly bodyLimit?: number;
  /** What one client may ask; default: much. */
  readonly limits?: RequestLimits;
  /** Whether people come with a browser, and log in. Default: programs alone. */
  readonly hasPages?: boolean;
  /** A page that says a problem to people; null: the problem document will do. Default: always that. */
  readonly problemPage?: (problem: HttpProblem, request: Request) => Response | null;
}

/**
 * An Elysia app with what all services share: JSON bodies with a limit, problem documents for every error,
 * health, metrics and the API's description. Routes are added to it; they throw `HttpProblem`, and check input
 * with `jsonBody(schema)` and `parameters(schema)`.
 */
export function createHttp(options: HttpOptions): Elysia {
  const { logger, bodyLimit = BODY_LIMIT_BYTES, limits = DEFAULT_LIMITS } = options;
  const metrics = new RequestMetrics(options.registry ?? new Registry());
  const startedAt = new WeakMap<Request, number>();
  const statuses = new WeakMap<Request, number>();
  const app = new Elysia({ name: options.name, aot: false, normalize: false });
  const routes = () => app.routes as unknown as (GuardedRoute & DescribedRoute)[];
  const admit = guard(options.auth, routes, options.hasPages);
  const checkQuery = queryCheck(routes);
  const kindOf = bodyKinds(routes);
  const bodies = new BodyReader({ bytes: bodyLimit, seconds: limits.bodySeconds });
  app
    .onRequest(({ request }) => {
      startedAt.set(request, performance.now());
    })
    .onParse({ as: 'global' }, () => new LaterBody())
    .onTransform({ as: 'global' }, async (context) => {
      const { request, route, body } = context;
      nameSpan(request, route);
      await admit({ request, route });
      checkQuery(request, route);
      const value = await bodies.read(request, kindOf(request, route));
      // no parser is asked where there is no Content-Type
      if (body instanceof LaterBody) body.value = value;
      (context as { body: unknown }).body = value;
    })
    .onError({ as: 'global' }, ({ error, request, path, route }) => {
      const { problemPage } = options;
      const response = answerTo(error, { app, request, path, route, logger, problemPage });
      statuses.set(request, response.status);
      return response;
    })
    .onAfterResponse({ as: 'global' }, (context) => {
      const { request, route, set } = context;
      const { response } = context as { readonly response?: unknown };
      const seconds = (performance.now() - (startedAt.get(request) ?? performance.now())) / 1000;
      const returned = response instanceof Response ? response.status : Number(set.status ?? 200);
      metrics.observe(request.method, route || undefined, statuses.get(request) ?? returned, seconds);
    });
  return addCommonRoutes(app as unknown as Elysia, options, metrics);
}

function addCommonRoutes(app: Elysia, options: HttpOptions, metrics: RequestMetrics): Elysia {
  const info = { title: options.title, description: options.description, version: API_VERSION };
  const isSecured = options.auth?.required === true;
  const hidden = { detail: { hide: true, ...openToAll } };
  app
    .get('/health/live', () => ({ status: 'live' }), {
      detail: { summary: 'Whether the process answers', tags: ['health'], ...openToAll },
    })
    .get('/health/ready', () => readinessResponse(options), {
      detail: {
        summary: 'Whether the service can do its work, and what it waits for',
        tags: ['health'],
        ...openToAll,
      },
    })
    .get(
      '/metrics',
      async () => {
        const { registry } = metrics;
        const text = await (options.metricsText?.() ?? registry.metrics());
        return new Response(text, { headers: { 'content-type': registry.contentType } });
      },
      { detail: { summary: 'Metrics for Prometheus', tags: ['health'], ...access('operator') } },
    )
    .get(
      '/openapi.json',
      () => describeApi(info, app.routes as unknown as DescribedRoute[], isSecured),
      hidden,
    )
    .get('/docs', () => docsPage(options.title), hidden)
    .get(
      '/docs/:file',
      ({ params }) => {
        const asset = docsAsset(params.file);
        if (asset === null) throw noSuchPath();
        return asset;
      },
      hidden,
    );
  return app;
}

async function readinessResponse({ readiness, logger }: HttpOptions): Promise<Response> {
  let standing: Readiness;
  try {
    standing = await readiness();
  } catch (error) {
    // not knowing whether it is ready is not being ready
    logger.warn({ err: error }, 'could not tell the readiness');
    standing = { ready: false, checks: { readiness: 'unknown; the log of this service says why' } };
  }
  const said = Object.entries(standing.checks).map(([name, check]) => [name, withoutPaths(check)] as const);
  const shown = { ...standing, checks: Object.fromEntries(said) };
  return Response.json(shown, { status: standing.ready ? 200 : 503 });
}

interface Failed {
  readonly app: { readonly routes: unknown };
  readonly request: Request;
  readonly path: string;
  readonly route: string | undefined;
  readonly logger: Logger;
  readonly problemPage: HttpOptions['problemPage'];
}

/** What answers whatever was thrown. Nothing of an unexpected error goes out but its id. */
function answerTo(error: unknown, failed: Failed): Response {
  const { request, route, logger } = failed;
  if (error instanceof HttpProblem) return said(error, failed);
  const code = (error as { code?: unknown }).code;
  if (code === 'NOT_FOUND') return notFound(failed);
  const known = error instanceof TransportError ? transportProblem(error) : elysiaProblem(code);
  if (known !== null) {
    logger.debug({ err: error, method: request.method, route }, 'refused a request');
    return said(known, failed);
  }
  const page = (problem: HttpProblem): Response | null => failed.problemPage?.(problem, request) ?? null;
  return unexpected(error, logger, { method: request.method, route }, page);
}

/** A problem as a page where people asked for one, else as its document. */
function said(
  problem: HttpProblem,
  { problemPage, request }: Pick<Failed, 'problemPage' | 'request'>,
): Response {
  return problemPage?.(problem, request) ?? problemResponse(problem);
}

/** Where no route is for this path and method: 404, 405 with what is possible, or 204 to whoever asks for that. */
function notFound(failed: Failed): Response {
  const { app, request, path } = failed;
  const allowed = allowedMethods(app.routes as readonly DescribedRoute[], path);
  if (allowed.length === 0) return said(noSuchPath(), failed);
  const allow = allowed.join(', ');
  if (request.method === 'OPTIONS')
    return new Response(null, { status: 204, headers: { allow: `${allow}, OPTIONS` } });
  const detail = `${request.method} is not possible here: use ${allow}.`;
  return problemResponse(
    new HttpProblem({ status: 405, code: 'method-not-allowed', detail, headers: { allow } }),
  );
}

function noSuchPath(): HttpProblem {
  const detail = 'There is nothing at this path: /docs lists what there is.';
  return new HttpProblem({ status: 404, code: 'not-found', detail });
}

/** Errors that Elysia throws itself, for routes that use its own schemas. */
function elysiaProblem(code: unknown): HttpProblem | null {
  const detail = 'What you sent does not fit: /docs shows what is expected.';
  if (code === 'VALIDATION') return new HttpProblem({ status: 422, code: 'invalid-input', detail });
  if (code === 'PARSE') return new HttpProblem({ status: 400, code: 'malformed-body', detail });
  return null;
}
