import { SettingsError } from '../config/settings-error.ts';
import type { Settings } from '../config.ts';

/** Whether only programs of this machine reach this host: localhost, 127.0.0.0/8 and ::1. */
function isLoopback(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[(.*)\]$/, '$1');
  return name === 'localhost' || name === '::1' || /^127(\.\d{1,3}){3}$/.test(name);
}

/**
 * Refuses settings under which strangers could do what they like: a HOST that the network reaches without OIDC_ISSUER,
 * or an issuer whose keys could be changed on their way. Throws `SettingsError`.
 */
export function refuseExposure({
  host,
  oidc,
  allowInsecure,
}: Pick<Settings, 'host' | 'oidc' | 'allowInsecure'>): void {
  if (allowInsecure) return;
  if (oidc === null && !isLoopback(host))
    throw new SettingsError(
      `HOST="${host}" would let everybody on the network do everything: set OIDC_ISSUER so that tokens are asked for, leave HOST at 127.0.0.1, or set ALLOW_INSECURE=1 if that is what you want`,
    );
  if (oidc === null) return;
  const { protocol, hostname } = new URL(oidc.issuer);
  if (protocol !== 'https:' && !isLoopback(hostname))
    throw new SettingsError(
      `OIDC_ISSUER="${oidc.issuer}" is not https, so that whoever is between could pass off his own keys as the issuer's: use https, or set ALLOW_INSECURE=1 if that network is yours`,
    );
}
