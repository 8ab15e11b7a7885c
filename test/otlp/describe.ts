import { describe, test } from 'bun:test';
import { noReceiver } from './index.ts';

/** A suite that uses `startOtlpReceiver`. Where there is none it is skipped, loudly; in CI it fails. */
export function describeWithReceiver(name: string, suite: () => void): void {
  if (noReceiver === null) {
    describe(name, suite);
  } else if (process.env.CI === 'true') {
    const reason = noReceiver;
    describe(name, () => {
      test(`needs an OTLP receiver, and in CI there must be one: ${reason}`, () => {
        throw new Error(reason);
      });
    });
  } else {
    console.warn(`\n*** LEFT OUT: ${name}: ${noReceiver} ***\n`);
    describe.skip(`${name} (skipped: ${noReceiver})`, suite);
  }
}
