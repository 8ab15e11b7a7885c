import type { Principal } from './auth.ts';

const principals = new WeakMap<Request, Principal>();

/** Notes who sent a request, once that is known. */
export function rememberPrincipal(request: Request, principal: Principal): void {
  principals.set(request, principal);
}

/** Who sent the request that a route is answering; null where nobody had to say. */
export function principalOf(request: Request): Principal | null {
  return principals.get(request) ?? null;
}
