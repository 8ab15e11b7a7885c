/**
 * One way to write a core test that runs on Bun, Node, Deno and workerd: under `bun test` a case goes to Bun's
 * runner, elsewhere it is kept in a list that test/runtimes/ walks. A core test imports nothing else that
 * belongs to a runtime.
 */
import assert from 'node:assert/strict';

export { assert };

export interface Case {
  name: string;
  run: () => void | Promise<void>;
}

/**
 * What has been registered where there is no runner; stays empty under `bun test`.
 * @public for the entry that test/runtimes/bundle.ts writes.
 */
export const cases: Case[] = [];

// The name is put together at run time so that no bundler or module graph looks for it elsewhere.
const runner = ['bun', 'test'].join(':');
const underBunTest = 'Bun' in globalThis && !('requiteCollectsCases' in globalThis);
const bunTest: ((name: string, run: Case['run']) => void) | undefined = underBunTest
  ? (await import(runner)).test
  : undefined;

/** Registers one test case. The name states behaviour. */
export function test(name: string, run: () => void | Promise<void>): void {
  if (bunTest !== undefined) bunTest(name, run);
  else cases.push({ name, run });
}
