import { describe } from 'bun:test';
import type { TransportUnderTest } from './support.ts';
import { groupContract } from './transport-groups.ts';
import { membershipContract } from './transport-membership.ts';
import { recordContract } from './transport-records.ts';

export type { TransportUnderTest } from './support.ts';

/** What every implementation of the Transport port must hold. `open` gives an empty log each time. */
export function transportContract(name: string, open: () => Promise<TransportUnderTest>): void {
  describe(`${name} as a Transport`, () => {
    recordContract(open);
    groupContract(open);
    membershipContract(open);
  });
}
