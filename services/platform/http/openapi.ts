import type { TSchema } from '@sinclair/typebox';
import { accessOf } from './guard.ts';

/** A route as Elysia lists it, as far as the description needs it. */
export interface DescribedRoute {
  readonly method: string;
  readonly path: string;
  readonly hooks: {
    readonly body?: unknown;
    readonly query?: unknown;
    readonly params?: unknown;
    readonly detail?: RouteDetail;
  };
}

/** What a route says of itself, in `detail`: members of an OpenAPI operation. */
interface RouteDetail {
  readonly hide?: boolean;
  readonly [member: string]: unknown;
}

export interface ApiInfo {
  readonly title: string;
  readonly description: string;
  readonly version: string;
}

/**
 * The OpenAPI 3.1 description of these routes. Schemas are JSON Schema, which 3.1 takes as it is. Where tokens are asked
 * for (`isSecured`) it says which roles each route takes: any one of them.
 */
export function describeApi(
  info: ApiInfo,
  routes: readonly DescribedRoute[],
  isSecured = false,
): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    if (route.hooks.detail?.hide === true) continue;
    const path = route.path.replace(/:([A-Za-z0-9_]+)\??/g, '{$1}');
    paths[path] ??= {};
    paths[path][route.method.toLowerCase()] = {
      ...operation(route),
      ...(isSecured ? { security: securityOf(route) } : {}),
    };
  }
  const schemas: Record<string, unknown> = { Problem: problemSchema };
  const named = withNamedSchemas(paths, schemas);
  const components = {
    schemas,
    ...(isSecured ? { securitySchemes: { bearer: bearerScheme } } : {}),
  };
  return { openapi: '3.1.0', info, paths: named, components };
}

/**
 * The same with a reference in place of each schema that has a name of its own (its title, such as `RunAudit`), which is
 * put into `schemas`. Throws where two that differ have one name.
 */
function withNamedSchemas(value: unknown, schemas: Record<string, unknown>): unknown {
  if (Array.isArray(value)) return value.map((item) => withNamedSchemas(item, schemas));
  if (typeof value !== 'object' || value === null) return value;
  const walked = Object.entries(value).map(([name, member]) => {
    const isSchema = name !== 'example' && name !== 'examples' && name !== 'default';
    return [name, isSchema ? withNamedSchemas(member, schemas) : member] as const;
  });
  const whole = Object.fromEntries(walked);
  const { title } = whole;
  if (typeof title !== 'string' || !/^[A-Z][A-Za-z0-9]*$/.test(title)) return whole;
  const known = schemas[title];
  if (known !== undefined && JSON.stringify(known) !== JSON.stringify(whole))
    throw new Error(`two schemas are called ${title}: give one of them another title`);
  schemas[title] = whole;
  return { $ref: `#/components/schemas/${title}` };
}

function operation({ path, hooks }: DescribedRoute): Record<string, unknown> {
  const { responses, hide: _hide, parameters: described = [], ...detail } = hooks.detail ?? {};
  const body = schemaOf(hooks.body);
  const parameters = [
    ...pathParameters(path, schemaOf(hooks.params)),
    ...queryParameters(schemaOf(hooks.query)),
    ...(described as readonly unknown[]),
  ];
  return {
    ...detail,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === null
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: body } } } }),
    responses: {
      ...((responses as object | undefined) ?? { 200: { description: 'Done.' } }),
      default: problemAnswer,
    },
  };
}

/** One requirement for each role that will do; none where no token is needed. */
function securityOf(route: DescribedRoute): readonly Record<string, readonly string[]>[] {
  const access = accessOf(route);
  if (access === 'public') return [];
  return access === 'anybody' ? [{ bearer: [] }] : access.map((role) => ({ bearer: [role] }));
}

const bearerScheme = {
  type: 'http',
  scheme: 'bearer',
  bearerFormat: 'JWT',
  description: 'An access token of the issuer. Roles are those of its realm; admin may do everything.',
};

function pathParameters(path: string, schema: TSchema | null): unknown[] {
  const names = [...path.matchAll(/:([A-Za-z0-9_]+)/g)].map(([, name = '']) => name);
  return names.map((name) => ({
    name,
    in: 'path',
    required: true,
    schema: schema?.properties?.[name] ?? { type: 'string' },
  }));
}

/** A query parameter, as a route's schema or its `detail` describes it. */
interface QueryParameter {
  readonly name: string;
  readonly schema?: Readonly<Record<string, unknown>>;
}

/** The query parameters that a route takes. */
export function queryParametersOf({ hooks }: DescribedRoute): readonly QueryParameter[] {
  const described = (hooks.detail?.parameters ?? []) as readonly (QueryParameter & { readonly in: string })[];
  return [
    ...queryParameters(schemaOf(hooks.query)),
    ...described.filter((parameter) => parameter.in === 'query'),
  ];
}

function queryParameters(schema: TSchema | null): QueryParameter[] {
  const required = (schema?.required ?? []) as readonly string[];
  const properties = (schema?.properties ?? {}) as Readonly<Record<string, TSchema>>;
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: 'query',
    required: required.includes(name) && property.default === undefined,
    ...(property.description === undefined ? {} : { description: property.description }),
    schema: property,
  }));
}

/** The schema of a route's part: our own wrapper's, or a bare TypeBox one. */
function schemaOf(part: unknown): TSchema | null {
  if (typeof part !== 'object' || part === null) return null;
  return 'jsonSchema' in part ? (part.jsonSchema as TSchema) : (part as TSchema);
}

const problemSchema = {
  type: 'object',
  description: 'What went wrong and what to do (RFC 9457).',
  required: ['type', 'title', 'status', 'detail', 'code'],
  properties: {
    type: { type: 'string', format: 'uri' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'What to do.' },
    code: { type: 'string', description: 'Stable, for programs.' },
    errors: {
      type: 'array',
      items: { type: 'object', properties: { path: { type: 'string' }, message: { type: 'string' } } },
    },
    id: { type: 'string', description: 'Of a 500: finds the error in the log.' },
  },
};

const problemAnswer = {
  description: 'A problem.',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};
