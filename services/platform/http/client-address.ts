/** Who is counted where nothing is known of the client, as for requests that no socket brought. */
const UNKNOWN = 'unknown';

/**
 * The address that a request is counted for: the socket's peer or, behind `trustedProxies` proxies of ours, what the
 * outermost of them wrote into X-Forwarded-For. Whatever stands left of that, the client may have written itself. Of an
 * IPv6 address only the network counts (/64), since whoever has one address of it has all of them.
 */
export function clientAddress(headers: Headers, peer: string | null, trustedProxies: number): string {
  const forwarded = trustedProxies === 0 ? null : forwardedFor(headers, trustedProxies);
  return networkOf(forwarded ?? peer ?? UNKNOWN);
}

function forwardedFor(headers: Headers, trustedProxies: number): string | null {
  const entries = (headers.get('x-forwarded-for') ?? '').split(',');
  const entry = entries.at(-trustedProxies)?.trim() ?? '';
  const address = /^\[(.+)\](:\d+)?$/.exec(entry)?.[1] ?? /^([\d.]+):\d+$/.exec(entry)?.[1] ?? entry;
  return /^[0-9A-Fa-f:.]{2,45}$/.test(address) ? address : null;
}

function networkOf(address: string): string {
  const mapped = /^::ffff:(\d{1,3}(\.\d{1,3}){3})$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!address.includes(':')) return address;
  const [front = '', back] = address.toLowerCase().split('::');
  const groups = front === '' ? [] : front.split(':');
  const after = back === undefined || back === '' ? [] : back.split(':');
  const zeros = back === undefined ? 0 : Math.max(0, 8 - groups.length - after.length);
  const whole = [...groups, ...new Array<string>(zeros).fill('0'), ...after];
  return `${whole.slice(0, 4).map(withoutZeros).join(':')}::/64`;
}

const withoutZeros = (group: string): string => group.replace(/^0+(?=.)/, '');
