import type { Access, Auth } from '../auth/index.ts';

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

/** What a route asks of whoever comes. */
interface Demand {
  readonly access: Access;
  readonly isPage: boolean;
}

/** Who may use this route. One that doesn't say is for whoever has a good token: nothing is open by mistake. */
export function accessOf({ hooks }: Pick<GuardedRoute, 'hooks'>): Access {
  const said = hooks.detail?.['x-access'];
  return said === 'public' || Array.isArray(said) ? (said as Access) : 'anybody';
}

/** The member of a route's `detail` that says it is a page: the session of whoever looks at it will do. */
export const forPeople: { readonly 'x-session': true } = { 'x-session': true };

/** Whether a session's cookies will do, which browsers also send where the visitor knows nothing of it. */
function takesSession({ method, headers }: Request, isPage: boolean): boolean {
  // our own pages read the REST interface as well: events, bills, archives
  return isPage || (method === 'GET' && headers.get('sec-fetch-site') === 'same-origin');
}

/** Lets nobody through to a route who may not use it. Throws `HttpProblem`: 401, 403 or 503. */
export function guard(
  auth: Auth | undefined,
  routes: () => readonly GuardedRoute[],
  hasPages = false,
): (at: Guarded) => Promise<void> {
  if (auth?.required !== true) return async () => {};
  const found = new Map<string, Demand>();
  const look = (method: string, path: string): Demand => {
    const candidates = routes().filter((each) => each.path === path);
    const route =
      candidates.find((each) => each.method === method) ?? candidates.find((each) => each.method === 'ALL');
    if (route === undefined) return { access: 'anybody', isPage: false };
    return { access: accessOf(route), isPage: route.hooks.detail?.['x-session'] === true };
  };
  return async ({ request, route }) => {
    // both are names of our routes, so that there are never many
    const name = `${request.method} ${route}`;
    let demand = found.get(name);
    if (demand === undefined) {
      demand = look(request.method, route);
      found.set(name, demand);
    }
    await auth.check(request, demand.access, hasPages && takesSession(request, demand.isPage));
  };
}
