import { hostname } from 'node:os';
import type { Settings } from '../config.ts';

/**
 * Where others reach what listens here: under ADVERTISED_HOST where that is set, else at the address that it listens on,
 * or by this machine's name where that is every address.
 */
export function advertisedUrl(
  { host, advertisedHost }: Pick<Settings, 'host' | 'advertisedHost'>,
  port: number,
): string {
  const name = advertisedHost ?? (host === '0.0.0.0' || host === '::' ? hostname() : host);
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}
