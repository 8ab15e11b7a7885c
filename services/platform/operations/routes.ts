import { type Static, Type } from '@sinclair/typebox';
import type { Elysia } from 'elysia';
import { access } from '../auth/index.ts';
import { LoopMetrics } from '../host/loop-metrics.ts';
import { parameters } from '../http/index.ts';
import type { Platform } from '../service.ts';
import { LEVELS, type LogLine, type LogQuery, type RecentSpan } from '../telemetry/index.ts';
import { askAll, type Told } from './peers.ts';
import { breakersOf, type ToldBreaker, type ToldMember } from './standing.ts';

/** At most so many lines or spans an answer, and so many without a limit. */
const LIMIT_MAX = 10_000;
const LIMIT = 1_000;

const scope = Type.Optional(
  Type.Union([Type.Literal('process'), Type.Literal('all')], {
    description: 'all: of every live process, which this one asks; default process: this one',
  }),
);
const limit = Type.Integer({ minimum: 1, maximum: LIMIT_MAX, default: LIMIT });
const traceId = Type.Optional(
  Type.String({ pattern: '^[0-9a-f]{32}$', description: 'A trace-id, 32 hexadecimal digits' }),
);
const name = Type.Optional(Type.String({ minLength: 1, maxLength: 256 }));

const LogParameters = Type.Object({
  trace: traceId,
  workflow: name,
  service: name,
  level: Type.Optional(Type.Union(LEVELS.map((level) => Type.Literal(level)))),
  text: name,
  since: Type.Optional(Type.Integer({ minimum: 0, description: 'Milliseconds since 1970 UTC' })),
  limit,
  scope,
});

const SpanParameters = Type.Object({ trace: traceId, service: name, limit, scope });

export interface OperationsContext {
  readonly platform: Pick<Platform, 'discovery' | 'auth' | 'telemetry' | 'metrics'>;
  readonly lines: { find(query: LogQuery): readonly LogLine[] };
  /** Where others reach this. */
  readonly url: string;
}

/** Adds what a process tells of itself and, where it is asked to, of all. */
export function addOperationsRoutes(app: Elysia, context: OperationsContext): Elysia {
  const { discovery, metrics } = context.platform;
  app
    .get('/instances', () => ({ items: discovery.all() }), {
      detail: { summary: 'The live instances of all services', tags: ['operations'], ...access('operator') },
    })
    .get('/groups', () => alone(membersOf(context)), {
      detail: {
        summary: 'The consumer groups that this process is a member of, and its partitions',
        tags: ['operations'],
        ...access('operator'),
      },
    })
    .get('/breakers', async (): Promise<Told<ToldBreaker>> => alone(await breakersOf(metrics, context.url)), {
      detail: {
        summary: 'The circuit breakers of the services that this process calls',
        tags: ['operations'],
        ...access('operator'),
      },
    })
    .get('/logs', ({ query }) => logs(query, context), {
      query: parameters(LogParameters),
      detail: {
        summary: 'What was logged lately, the oldest first',
        tags: ['operations'],
        ...access('operator'),
      },
    })
    .get('/spans', ({ query }) => spans(query, context), {
      query: parameters(SpanParameters),
      detail: { summary: 'Spans that ended lately', tags: ['operations'], ...access('operator') },
    });
  return app;
}

function membersOf({ platform, url }: OperationsContext): readonly ToldMember[] {
  return LoopMetrics.in(platform.metrics)
    .members()
    .map((member) => ({ ...member, process: url }));
}

async function logs(query: Static<typeof LogParameters>, context: OperationsContext): Promise<Told<LogLine>> {
  const { since, scope: asked, ...rest } = query;
  const items = context.lines.find({ ...rest, sinceMs: since });
  if (asked !== 'all') return alone(items);
  const told = await askAll({
    ...context.platform,
    path: pathOf('/logs', query),
    own: { url: context.url, items },
  });
  return { ...told, items: byTime(told.items).slice(-query.limit) };
}

async function spans(
  query: Static<typeof SpanParameters>,
  context: OperationsContext,
): Promise<Told<RecentSpan>> {
  const { trace = null, service, limit: most } = query;
  const own = context.platform.telemetry.recent(trace);
  const items = own.filter((each) => service === undefined || each.service === service).slice(-most);
  if (query.scope !== 'all') return alone(items);
  const told = await askAll({
    ...context.platform,
    path: pathOf('/spans', query),
    own: { url: context.url, items },
  });
  const inOrder = [...told.items].sort((one, other) => one.startMs - other.startMs);
  return { ...told, items: inOrder.slice(-most) };
}

const alone = <T>(items: readonly T[]): Told<T> => ({ items, processes: 1, missing: [] });

/** The same question for another process, which answers for itself alone. */
function pathOf(path: string, query: Readonly<Record<string, string | number | undefined>>): string {
  const asked = Object.entries({ ...query, scope: undefined }).flatMap(([key, value]): [string, string][] =>
    value === undefined ? [] : [[key, String(value)]],
  );
  return `${path}?${new URLSearchParams(asked)}`;
}

/** ISO times of one form sort as text. */
function byTime(lines: readonly LogLine[]): readonly LogLine[] {
  return [...lines].sort((one, other) => (one.time < other.time ? -1 : one.time > other.time ? 1 : 0));
}
