/**
 * Stands in for `bun:test` in programs that run a contract suite outside Bun's runner: collects the cases, and runs
 * them one after the other. It knows what the contracts use, and throws for anything else.
 */
import assert from 'node:assert/strict';
import { inspect, isDeepStrictEqual } from 'node:util';

type Body = () => unknown;

interface Scope {
  readonly name: string;
  readonly parent: Scope | null;
  readonly before: Body[];
  readonly after: Body[];
}

export interface Case {
  readonly name: string;
  run(): Promise<void>;
}

export const cases: Case[] = [];
const root: Scope = { name: '', parent: null, before: [], after: [] };
let scope = root;

export function describe(name: string, body: () => void): void {
  const parent = scope;
  scope = { name, parent, before: [], after: [] };
  body();
  scope = parent;
}

export function beforeEach(body: Body): void {
  scope.before.push(body);
}

export function afterEach(body: Body): void {
  scope.after.push(body);
}

export function test(name: string, body: Body): void {
  const scopes = pathTo(scope);
  const full = [...scopes.map((each) => each.name).filter((each) => each !== ''), name].join(' > ');
  cases.push({ name: full, run: () => runCase(scopes, body) });
}

/** Throws the first error; what comes after a failure can only follow from it. */
async function runCase(scopes: readonly Scope[], body: Body): Promise<void> {
  const errors: unknown[] = [];
  const attempt = async (each: Body): Promise<void> => {
    try {
      await each();
    } catch (error) {
      errors.push(error);
    }
  };
  for (const { before } of scopes) for (const each of before) if (errors.length === 0) await attempt(each);
  if (errors.length === 0) await attempt(body);
  for (const { after } of [...scopes].reverse()) for (const each of after) await attempt(each);
  if (errors.length > 0) throw errors[0];
}

function pathTo(from: Scope): Scope[] {
  return from.parent === null ? [from] : [...pathTo(from.parent), from];
}

type Check = (actual: unknown, expected: unknown) => boolean;

const checks = {
  toBe: (actual, expected) => Object.is(actual, expected),
  toEqual: (actual, expected) => isDeepStrictEqual(plain(actual), plain(expected)),
  toMatchObject: (actual, expected) => matches(plain(actual), plain(expected)),
  toContain: (actual, expected) => (actual as readonly unknown[]).includes(expected),
  toHaveLength: (actual, expected) => (actual as readonly unknown[]).length === expected,
  toThrow: (actual) => throws(actual as () => unknown),
  toBeNull: (actual) => actual === null,
  toBeUndefined: (actual) => actual === undefined,
  toBeDefined: (actual) => actual !== undefined,
  toBeGreaterThan: (actual, least) => (actual as number) > (least as number),
  toBeGreaterThanOrEqual: (actual, least) => (actual as number) >= (least as number),
  toBeLessThan: (actual, most) => (actual as number) < (most as number),
  toBeLessThanOrEqual: (actual, most) => (actual as number) <= (most as number),
} satisfies Record<string, Check>;

type Expectations = { readonly [name in keyof typeof checks]: (expected?: unknown) => void };

export function expect(actual: unknown): Expectations & { readonly not: Expectations } {
  return { ...expectations(actual, true), not: expectations(actual, false) };
}

function expectations(actual: unknown, holds: boolean): Expectations {
  const entries = Object.entries(checks as Record<string, Check>).map(([name, check]) => [
    name,
    (expected: unknown): void => {
      if (check(actual, expected) === holds) return;
      const said = `${inspect(actual)}${holds ? '' : ' not'} ${name} ${inspect(expected)}`;
      throw new assert.AssertionError({ message: said, stackStartFn: expect });
    },
  ]);
  return Object.fromEntries(entries) as Expectations;
}

/** Prototypes and missing properties don't count, as with Bun's `toEqual`; bytes stay bytes. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return { bytes: [...value] };
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return Object.fromEntries(entries.map(([key, each]) => [key, plain(each)]));
}

function matches(actual: unknown, expected: unknown): boolean {
  if (expected === null || typeof expected !== 'object' || Array.isArray(expected))
    return isDeepStrictEqual(actual, expected);
  if (actual === null || typeof actual !== 'object') return false;
  const has = actual as Record<string, unknown>;
  return Object.entries(expected).every(([key, each]) => matches(has[key], each));
}

function throws(run: () => unknown): boolean {
  try {
    run();
    return false;
  } catch {
    return true; // whatever it is: the contracts ask for no more
  }
}
