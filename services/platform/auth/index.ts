export { type Access, access, openToAll, type Role } from './access.ts';
export type { Auth, Principal } from './auth.ts';
export { type AuthOptions, openAuth } from './open.ts';
