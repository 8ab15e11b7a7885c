import { describe, test } from 'bun:test';
import { brokerSource, canStartCluster, noBroker } from './source.ts';

const noCluster = 'no brokers of one’s own here: install Java 17 and Maven';

/** A suite that uses `sharedBroker`. Where there is none it is skipped, loudly; in CI it fails. */
export function describeWithBroker(name: string, suite: () => void): void {
  describeWhere(brokerSource !== 'none', noBroker, name, suite);
}

/** A suite that uses `startCluster`. Where there is no Java it is skipped, loudly; in CI it fails. */
export function describeWithCluster(name: string, suite: () => void): void {
  describeWhere(canStartCluster, noCluster, name, suite);
}

const said = new Set<string>();

function describeWhere(isHere: boolean, reason: string, name: string, suite: () => void): void {
  if (isHere) {
    describe(name, suite);
    return;
  }
  if (process.env.CI === 'true') {
    describe(name, () => {
      test(`needs a broker, and in CI there must be one: ${reason}`, () => {
        throw new Error(reason);
      });
    });
    return;
  }
  if (!said.has(reason)) {
    said.add(reason);
    console.warn(`\n*** LEFT OUT: every suite that says "${reason}". First of them: ${name} ***\n`);
  }
  describe.skip(`${name} (skipped: ${reason})`, suite);
}
