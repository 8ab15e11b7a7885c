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

/** A number of the sample issuer's, as the text of a bill has it. */
const NUMBER = /\bIE0000000A-(\d{4})-(\d{6,})\b/g;

/** A bill's text without its number: which one it got depends on which came first. */
const unnumbered = (bytes: Buffer): string => bytes.toString().replaceAll(NUMBER, 'NUMBER');

/** The numbers of all bills are 1 to n in each year, each once. */
export function expectGapless(bills: ReadonlyMap<string, Buffer>): void {
  const years = new Map<string, number[]>();
  for (const [name, bytes] of bills) {
    const found = new Map([...bytes.toString().matchAll(NUMBER)].map((each) => [each[0], each]));
    if (found.size !== 1) throw new Error(`${name} has ${found.size} numbers`);
    for (const [, year = '', count] of found.values())
      years.set(year, [...(years.get(year) ?? []), Number(count)]);
  }
  for (const counts of years.values()) {
    const sorted = counts.sort((one, other) => one - other);
    expect(sorted.findIndex((count, at) => count !== at + 1)).toBe(-1);
  }
}

/** The same names with the same bytes, but for their numbers. Says which differ, not how: there may be many. */
export function expectSameBills(
  found: ReadonlyMap<string, Buffer>,
  expected: ReadonlyMap<string, Buffer>,
): void {
  const missing = [...expected.keys()].filter((name) => !found.has(name));
  const unasked = [...found.keys()].filter((name) => !expected.has(name));
  const differing = [...found].flatMap(([name, bytes]) => (differs(bytes, expected.get(name)) ? [name] : []));
  const some = (names: readonly string[]): unknown => ({ count: names.length, first: names.slice(0, 5) });
  expect({ missing: some(missing), unasked: some(unasked), differing: some(differing) }).toEqual({
    missing: some([]),
    unasked: some([]),
    differing: some([]),
  });
}

const differs = (found: Buffer, expected: Buffer | undefined): boolean =>
  expected !== undefined && !expected.equals(found) && unnumbered(expected) !== unnumbered(found);

function namesIn(directory: string): string[] {
  if (!existsSync(directory)) return []; // its engine has not come up yet
  return readdirSync(directory).filter((name) => name.endsWith('.txt'));
}
