/** What JSON can say. Values that a workflow sees have been through JSON and are frozen. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * Canonical text of a JSON value: object keys sorted by UTF-16 code units, no white space, numbers as
 * JavaScript writes them (RFC 8785 without its number corner cases beyond ECMAScript's own).
 */
export function canonicalJson(value: Json): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const object = value as { readonly [key: string]: Json };
  const parts: string[] = [];
  for (const key of Object.keys(object).sort()) {
    const member = object[key];
    if (member !== undefined) parts.push(`${JSON.stringify(key)}:${canonicalJson(member)}`);
  }
  return `{${parts.join(',')}}`;
}

/** Freezes a JSON value through and through, and returns it. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const member of Object.values(value)) deepFreeze(member);
  }
  return value;
}

/** A value as it is after a trip through JSON, frozen. Throws TypeError for what JSON can't say (bigint, a cycle). */
export function throughJson(value: unknown): Json {
  const text = JSON.stringify(value);
  return text === undefined ? null : deepFreeze(JSON.parse(text) as Json);
}
