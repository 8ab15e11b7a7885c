import type { GuardedRoute } from './guard.ts';
import { type DescribedRoute, queryParametersOf } from './openapi.ts';
import type { InputError } from './problem.ts';
import { invalid } from './schema.ts';

/** The query parameters of a route: whether each may be given more than once. */
type Allowed = ReadonlyMap<string, boolean>;

const NAME_SHOWN_LENGTH = 40;

/**
 * Refuses query parameters that the route does not describe, and those that are given twice where once counts: a mistyped
 * `limt=5` must not read everything. What a route takes is what its description says. Throws 422.
 */
export function queryCheck(
  routes: () => readonly (GuardedRoute & DescribedRoute)[],
): (request: Request, path: string) => void {
  const known = new Map<string, Allowed>();
  const allowedAt = (method: string, path: string): Allowed => {
    // both are names of our routes, so that there are never many
    const name = `${method} ${path}`;
    let allowed = known.get(name);
    if (allowed === undefined) {
      allowed = allowedBy(routes().find((each) => each.path === path && each.method === method));
      known.set(name, allowed);
    }
    return allowed;
  };
  return (request, path) => {
    if (!request.url.includes('?')) return;
    const allowed = allowedAt(request.method, path);
    const errors = errorsOf(new URL(request.url).searchParams, allowed);
    if (errors.length > 0) throw invalid(errors);
  };
}

function allowedBy(route: DescribedRoute | undefined): Allowed {
  if (route === undefined) return new Map();
  return new Map(queryParametersOf(route).map(({ name, schema }) => [name, !isScalar(schema)]));
}

/** Whether the schema is of one value; one that says nothing of it takes several. */
function isScalar(schema: Readonly<Record<string, unknown>> | undefined): boolean {
  if (schema === undefined || schema.type === 'array') return false;
  return ['type', 'const', 'anyOf', 'allOf', 'enum'].some((keyword) => keyword in schema);
}

function errorsOf(given: URLSearchParams, allowed: Allowed): readonly InputError[] {
  const errors: InputError[] = [];
  for (const name of new Set(given.keys())) {
    const path = `/${name.slice(0, NAME_SHOWN_LENGTH)}`;
    const isRepeatable = allowed.get(name);
    if (isRepeatable === undefined)
      errors.push({ path, message: `No such query parameter: ${listed(allowed)}` });
    else if (!isRepeatable && given.getAll(name).length > 1)
      errors.push({ path, message: 'Given more than once: send it once' });
    if (errors.length === 20) break;
  }
  return errors;
}

function listed(allowed: Allowed): string {
  const names = [...allowed.keys()];
  return names.length === 0 ? 'none is taken here' : `there are ${names.join(', ')}`;
}
