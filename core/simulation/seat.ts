import type { IncomingRecord } from '../messages/record.ts';
import type { Loop } from '../processing/loop.ts';
import type { Process } from './kernel.ts';
import type { SimTransport } from './sim-transport.ts';

/** What belongs to a process while it runs. */
export interface Seat {
  readonly process: Process;
  readonly transport: SimTransport;
  /** What it read last. */
  inHand: readonly IncomingRecord[];
  /** Its loop; null for one that only reads. */
  loop: Loop | null;
  /** Which of the scenario's deployments it has; -1 where it has none. */
  readonly deployment: number;
  /** Starts another in its place, with another deployment where it has one. */
  readonly again: (deployment: number) => void;
  /** A call failed or was refused, or it went back, since it read: not all of that need have been dealt with. */
  hasErred: boolean;
  /** How many records its ledger accounts for, when it read last. */
  accounted: number;
  /** `activity` when it last looked for news in vain, and how often since. */
  restingAt: number;
  rests: number;
}
