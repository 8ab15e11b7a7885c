// One way to write a core test that runs on Bun, Node, Deno and workerd: under `bun test` a case goes to
// Bun's runner, elsewhere it is kept in a list that the runtime's own runner walks (see test/runtimes/).
import assert from 'node:assert/strict';

export { assert };

export interface Case {
  name: string;
  run: () => void | Promise<void>;
}

export const cases: Case[] = [];

const onBun = 'Bun' in globalThis;
const bunTest = onBun ? (await import('bun:test')).test : undefined;

/** Registers one test case. The name states behaviour. */
export function test(name: string, run: () => void | Promise<void>): void {
  if (bunTest !== undefined) bunTest(name, run);
  else cases.push({ name, run });
}
