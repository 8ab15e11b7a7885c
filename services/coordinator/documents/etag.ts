// Entity tags, and what a client says of those that it has (RFC 9110, 13.1.2).

/** Whether If-None-Match names this tag (quoted), so that a 304 will do. Weak and strong count alike. */
export function isKnown(ifNoneMatch: string | null, etag: string): boolean {
  if (ifNoneMatch === null) return false;
  if (ifNoneMatch.trim() === '*') return true;
  return Array.from(ifNoneMatch.matchAll(/"[^"]*"/g), ([tag]) => tag).includes(etag);
}
