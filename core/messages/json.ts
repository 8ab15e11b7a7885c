/** What JSON can say. Values that a workflow sees have been through JSON and are frozen. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * Canonical text of a JSON value: object keys sorted by UTF-16 code units, no white space, numbers as
 * JavaScript writes them (RFC 8785 without its number corner cases beyond ECMAScript's own).
 */
export function canonicalJson(value: Json): string {
  // one native call over a sorted copy is several times as fast as text put together here
  const copy = sortedCopy(value);
  return copy === UNSORTABLE ? sortedText(value) : JSON.stringify(copy);
}

const UNSORTABLE: unique symbol = Symbol('has keys that no object keeps in their order');

/** A key that looks like an index comes first in any object, and `__proto__` names none of an object's own members. */
const isUnsortable = (key: string): boolean => (key >= '0' && key < ':') || key === '__proto__';

function sortedCopy(value: Json): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const copy: unknown[] = [];
    for (const member of value) {
      const sorted = sortedCopy(member);
      if (sorted === UNSORTABLE) return UNSORTABLE;
      copy.push(sorted);
    }
    return copy;
  }
  const object = value as { readonly [key: string]: Json };
  const copy: Record<string, unknown> = {};
  for (const key of sortedKeys(object)) {
    const sorted = sortedCopy(object[key] as Json);
    if (sorted === UNSORTABLE || isUnsortable(key)) return UNSORTABLE;
    copy[key] = sorted;
  }
  return copy;
}

/** The keys by insertion sort: messages have a few keys in an object, and calling `sort` would cost more than sorting. */
function sortedKeys(object: { readonly [key: string]: Json }): string[] {
  const keys = Object.keys(object);
  if (keys.length > FEW_KEYS) return keys.sort();
  for (let next = 1; next < keys.length; next++) {
    const key = keys[next] as string;
    let at = next;
    for (; at > 0 && (keys[at - 1] as string) > key; at--) keys[at] = keys[at - 1] as string;
    keys[at] = key;
  }
  return keys;
}

const FEW_KEYS = 32;

/** The canonical text of what has keys that a copy can't keep in order. */
function sortedText(value: Json): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(sortedText).join(',')}]`;
  const object = value as { readonly [key: string]: Json };
  const parts: string[] = [];
  for (const key of Object.keys(object).sort()) {
    const member = object[key];
    if (member !== undefined) parts.push(`${JSON.stringify(key)}:${sortedText(member)}`);
  }
  return `{${parts.join(',')}}`;
}

/** Freezes a JSON value through and through, and returns it. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  if (Array.isArray(value)) for (const member of value) deepFreeze(member);
  else for (const key in value) if (Object.hasOwn(value, key)) deepFreeze(value[key]);
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

/** The deepest nesting of a payload: a message's own objects may take some levels around it. */
const MAX_PAYLOAD_DEPTH: number = MAX_DEPTH - 4;

/** Whether a value, as JSON gives it, nests at most `levels` deep. */
export function depthWithin(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (levels <= 0) return false;
  if (Array.isArray(value)) {
    for (const member of value) if (!depthWithin(member, levels - 1)) return false;
    return true;
  }
  const object = value as { readonly [key: string]: unknown };
  for (const key in object) if (!depthWithin(object[key], levels - 1)) return false;
  return true;
}

/** Whether a value can travel as a payload so that every reader takes it. */
export function sendable(value: Json): boolean {
  return depthWithin(value, MAX_PAYLOAD_DEPTH) && JSON.stringify(value).length <= MAX_PAYLOAD_LENGTH;
}

/** A value that can travel as a payload, and its text. */
export interface TextAndValue {
  readonly text: string;
  /** As whoever reads it has it. */
  readonly value: Json;
}

/**
 * A value as whoever reads it as a payload has it; undefined where it can't travel. Throws as `throughJson` does. What
 * is `final`, as nobody changes it any more, is taken as it is where JSON would give just that back.
 */
export function asPayload(value: unknown, final = false): TextAndValue | undefined {
  const text = JSON.stringify(value);
  if (text === undefined) return { text: 'null', value: null };
  if (text.length > MAX_PAYLOAD_LENGTH) return undefined;
  if (final && isPlain(value, MAX_PAYLOAD_DEPTH)) return { text, value };
  const payload = JSON.parse(text) as Json;
  return depthWithin(payload, MAX_PAYLOAD_DEPTH) ? { text, value: payload } : undefined;
}

/** Whether JSON gives a value back as it is, nested at most `levels` deep. It may say no where it would. */
function isPlain(value: unknown, levels: number): value is Json {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true;
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0);
    case 'object':
      return value === null || (levels > 0 && hasPlainMembers(value, levels - 1));
    default:
      return false;
  }
}

function hasPlainMembers(value: object, levels: number): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if ('toJSON' in value) return false;
  if (Array.isArray(value)) {
    if (prototype !== Array.prototype) return false;
    for (const member of value) if (!isPlain(member, levels)) return false;
    return true;
  }
  if (prototype !== Object.prototype) return false;
  const object = value as { readonly [key: string]: unknown };
  for (const key in object) if (!isPlain(object[key], levels)) return false;
  return true;
}
