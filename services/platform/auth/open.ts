import type { OidcSettings } from '../config.ts';
import type { Logger } from '../log.ts';
import type { Auth } from './auth.ts';

export interface AuthOptions {
  readonly oidc: OidcSettings | null;
  readonly logger: Logger;
}

export function openAuth(_options: AuthOptions): Auth {
  return { required: false, check: async () => null, headers: async () => ({}) };
}
