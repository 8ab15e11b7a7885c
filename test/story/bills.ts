import { expect } from 'bun:test';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** How many bills there are, by name: one that two directories have counts once. */
export function countBills(directories: readonly string[]): number {
  return new Set(directories.flatMap(namesIn)).size;
}

/** Every bill's bytes, by file name. Throws where two directories have other bytes under one name. */
export function readBills(directories: readonly string[]): Map<string, Buffer> {
  const bills = new Map<string, Buffer>();
  for (const directory of directories) {
    for (const name of namesIn(directory)) {
      const bytes = readFileSync(join(directory, name));
      if (bills.get(name)?.equals(bytes) === false)
        throw new Error(`two directories have other bytes as ${name}`);
      bills.set(name, bytes);
    }
  }
  return bills;
}

/** The same names with the same bytes. Says which differ, not how: there may be many. */
export function expectSameBills(
  found: ReadonlyMap<string, Buffer>,
  expected: ReadonlyMap<string, Buffer>,
): void {
  const missing = [...expected.keys()].filter((name) => !found.has(name));
  const unasked = [...found.keys()].filter((name) => !expected.has(name));
  const differing = [...found].flatMap(([name, bytes]) =>
    expected.get(name)?.equals(bytes) === false ? [name] : [],
  );
  const some = (names: readonly string[]): unknown => ({ count: names.length, first: names.slice(0, 5) });
  expect({ missing: some(missing), unasked: some(unasked), differing: some(differing) }).toEqual({
    missing: some([]),
    unasked: some([]),
    differing: some([]),
  });
}

function namesIn(directory: string): string[] {
  if (!existsSync(directory)) return []; // its engine has not come up yet
  return readdirSync(directory).filter((name) => name.endsWith('.txt'));
}
