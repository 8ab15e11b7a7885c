/** A real Keycloak for tests, on Java: one a process, with the realm that is deployed. */
import { describe, test } from 'bun:test';
import { missingKeycloak } from './distribution.ts';
import { type Keycloak, startKeycloak } from './server.ts';

export type { Keycloak } from './server.ts';

let shared: Promise<Keycloak> | null = null;

/** The one Keycloak of this process: started at first use, ended with the process. Suites leave it running. */
export function sharedKeycloak(): Promise<Keycloak> {
  shared ??= startKeycloak();
  return shared;
}

/** A suite that uses `sharedKeycloak`. Where there is none it is skipped, loudly; in CI it fails. */
export function describeWithKeycloak(name: string, suite: () => void): void {
  const reason = missingKeycloak();
  if (reason === null) return void describe(name, suite);
  if (process.env.CI === 'true') {
    test(`${name} needs Keycloak, and in CI there must be one`, () => {
      throw new Error(reason);
    });
    return;
  }
  console.warn(`\n*** LEFT OUT: ${name}: ${reason} ***\n`);
  describe.skip(`${name} (skipped: ${reason})`, suite);
}
