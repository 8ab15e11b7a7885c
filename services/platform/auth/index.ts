export { type Access, access, openToAll, openToKnown } from './access.ts';
export type { Auth } from './auth.ts';
export { refuseExposure } from './exposure.ts';
export type { Login } from './login.ts';
export { loginPaths } from './login-paths.ts';
export { openAuth } from './open.ts';
export { principalOf } from './principal.ts';
export { sessionTokenOf } from './session.ts';
