import { hostname } from 'node:os';

/**
 * Where others reach what listens here: the address that it listens on, or this machine's name where that is every
 * address.
 */
export function advertisedUrl(host: string, port: number): string {
  const name = host === '0.0.0.0' || host === '::' ? hostname() : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}
