import { afterAll, describe, test } from 'bun:test';
import type { Missing } from './index.ts';

/**
 * Tests that need what was looked for. Where it is missing they are left out, loudly; in CI that is a failure.
 * What was found is closed after them.
 */
export function describeWith<T extends object>(
  name: string,
  found: T | Missing,
  close: (found: T) => Promise<void>,
  tests: (found: T) => void,
): void {
  if (!('missing' in found)) {
    describe(name, () => {
      afterAll(() => close(found));
      tests(found);
    });
    return;
  }
  const title = `${name} (left out: ${found.missing})`;
  if (process.env.CI) {
    test(title, () => {
      throw new Error(`CI has to test this, and can't: ${found.missing}`);
    });
    return;
  }
  console.warn(`SKIPPED ${title}`);
  test.skip(title, () => {});
}
