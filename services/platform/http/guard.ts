import type { Access, Auth } from '../auth/index.ts';
import { rememberPrincipal } from '../auth/principal.ts';

/** A route as Elysia lists it, as far as who may use it is concerned. */
export interface GuardedRoute {
  readonly method: string;
  readonly path: string;
  readonly hooks: { readonly detail?: Readonly<Record<string, unknown>> };
}

/** The request that is under way, and the route that it came to. */
export interface Guarded {
  readonly request: Request;
  readonly route: string;
}

/** Who may use this route. One that doesn't say is for whoever has a good token: nothing is open by mistake. */
export function accessOf({ hooks }: Pick<GuardedRoute, 'hooks'>): Access {
  const said = hooks.detail?.['x-access'];
  return said === 'public' || Array.isArray(said) ? (said as Access) : 'anybody';
}

/** Lets nobody through to a route who may not use it. Throws `HttpProblem`: 401, 403 or 503. */
export function guard(
  auth: Auth | undefined,
  routes: () => readonly GuardedRoute[],
): (at: Guarded) => Promise<void> {
  if (auth?.required !== true) return async () => {};
  const found = new Map<string, Access>();
  const look = (method: string, path: string): Access => {
    const candidates = routes().filter((each) => each.path === path);
    const route =
      candidates.find((each) => each.method === method) ?? candidates.find((each) => each.method === 'ALL');
    return route === undefined ? 'anybody' : accessOf(route);
  };
  return async ({ request, route }) => {
    // both are names of our routes, so that there are never many
    const name = `${request.method} ${route}`;
    let access = found.get(name);
    if (access === undefined) {
      access = look(request.method, route);
      found.set(name, access);
    }
    const principal = await auth.check(request, access);
    if (principal !== null) rememberPrincipal(request, principal);
  };
}
