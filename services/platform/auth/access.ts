/**
 * Roles, as the tokens have them. `admin` may do everything; `service` is what our services call each other as.
 */
export const ROLES = [
  'admin',
  'service',
  'run-starter',
  'bill-reader',
  'customer-admin',
  'order-writer',
  'order-reader',
  'product-admin',
  'stock-admin',
  'configuration-admin',
  'dead-letter-admin',
  'operator',
] as const;
export type Role = (typeof ROLES)[number];

const roles: ReadonlySet<unknown> = new Set(ROLES);

export function isRole(value: unknown): value is Role {
  return roles.has(value);
}

/** Who may use a route: everybody, whoever has a good token, or one of these roles (`admin` and `service` always). */
export type Access = 'public' | 'anybody' | readonly Role[];

/** For routes that any good token opens, whatever its roles: reading what is no secret among us. */
export const openToKnown: { readonly 'x-access': 'anybody' } = { 'x-access': 'anybody' };

/** The member of a route's `detail` that says who may use it: `detail: { summary, ...access('order-writer') }`. */
export function access(...roles: readonly Role[]): { readonly 'x-access': readonly Role[] } {
  return { 'x-access': roles };
}

/** For routes that need no token: health, the landing page, the API's description. */
export const openToAll: { readonly 'x-access': 'public' } = { 'x-access': 'public' };
