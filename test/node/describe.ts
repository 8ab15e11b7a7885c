import { describe, test } from 'bun:test';
import { brokerSource } from '../broker/index.ts';
import { confluentFolder } from './confluent.ts';
import { type NodeRuntime, nodeRuntime } from './runtime.ts';

export interface Confluent {
  readonly node: NodeRuntime;
  /** Its `node_modules` has the package, with its native part for that Node. */
  readonly folder: string;
}

/**
 * A suite that uses @confluentinc/kafka-javascript on Node. Where it can't be had the suite is skipped, loudly; in CI
 * that fails. Where there is no broker nothing is fetched or built for it.
 */
export async function describeWithConfluent(
  name: string,
  suite: (confluent: Confluent) => void | Promise<void>,
): Promise<void> {
  const found = brokerSource === 'none' ? 'there is no broker to use it with' : await confluent();
  if (typeof found !== 'string') {
    await suite(found);
    return;
  }
  if (process.env.CI === 'true') {
    test(`${name}: needs @confluentinc/kafka-javascript, and in CI it must be there`, () => {
      throw new Error(found);
    });
    return;
  }
  console.warn(`\n*** LEFT OUT: ${name}: ${found} ***\n`);
  describe.skip(`${name} (skipped: ${found.split('\n')[0]})`, () => {});
}

async function confluent(): Promise<Confluent | string> {
  try {
    const node = await nodeRuntime();
    return { node, folder: await confluentFolder(node) };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
