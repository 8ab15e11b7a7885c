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

/** The longest question payload or result, as JSON in UTF-16 units: with what goes around it, a message stays readable. */
export const MAX_PAYLOAD_LENGTH = 400_000;

/** The deepest nesting of a value that is read. */
export const MAX_DEPTH = 64;

/** How much of the depth a message's own objects may take around a payload. */
const ENVELOPE_DEPTH = 4;

/** Whether a value nests at most `levels` deep. */
export function depthWithin(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every((member) => depthWithin(member, levels - 1));
}

/** Whether a value can travel as a payload so that every reader takes it. */
export function sendable(value: Json): boolean {
  return depthWithin(value, MAX_DEPTH - ENVELOPE_DEPTH) && JSON.stringify(value).length <= MAX_PAYLOAD_LENGTH;
}
