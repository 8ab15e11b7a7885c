import type { RequestLimits } from '../http/limits.ts';
import type { Checked } from './schema.ts';

/** What one client may ask of a server of ours. */
export function requestLimitsOf(checked: Checked): RequestLimits {
  return {
    perSecond: checked.REQUEST_RATE,
    atOnce: checked.REQUESTS_AT_ONCE,
    bodySeconds: checked.REQUEST_BODY_SECONDS,
    trustedProxies: checked.TRUSTED_PROXIES,
    hstsSeconds: checked.HSTS_SECONDS,
  };
}
