// Faults run side by side, each in a lane of its own with chances of its own, so that the seed alone says what each
// lane does next, whatever the others do.
import { type SeededRandom, seededRandom } from '../story/seeded.ts';
import type { Injected, Journal } from './journal.ts';
import type { FaultKind } from './options.ts';

/** One kind of fault. */
export interface Fault {
  readonly kind: FaultKind;
  /** How many lanes do it at once. Default 1. */
  readonly lanes?: number;
  /** From and to how long a lane rests in between. */
  readonly restMs: readonly [from: number, to: number];
  /** Whether a lane also rests for as long as the last one took, so that a slow machine gets some work done in between. */
  readonly isCalm?: boolean;
  /** Does it and takes it back. Null where there was nothing to do it to just now. Count is per lane, from 0. */
  inject(random: SeededRandom, count: number): Promise<Injected | readonly Injected[] | null>;
}

const PRIME = 7_919;
const AGAIN_MS = 200;
const WAIT_MS = 5_000;

export interface Lanes {
  readonly seed: number;
  readonly journal: Journal;
  readonly isOver: () => boolean;
  /** While it says no, lanes go on resting. Default: always yes. */
  readonly mayBegin?: () => boolean;
  /** A lane asks again within so long. Default 5,000. */
  readonly waitMs?: number;
}

/** Begins all lanes; what it gives resolves when all have ended, some time after `isOver`. */
export async function runLanes(
  faults: readonly Fault[],
  { seed, journal, isOver, mayBegin = () => true, waitMs = WAIT_MS }: Lanes,
): Promise<void> {
  const lanes = faults.flatMap((fault) => Array.from({ length: fault.lanes ?? 1 }, () => fault));
  const run = async (fault: Fault, lane: number): Promise<void> => {
    const random = seededRandom(seed * PRIME + lane);
    const [from, to] = fault.restMs;
    // not of the lane's own chances: how often it waits is the machine's doing
    const waiting = seededRandom(seed + PRIME * lane);
    let tookMs = 0;
    for (let count = 0; !isOver(); ) {
      await restUnless(isOver, from + random.below(to - from + 1) + tookMs);
      // each for another time, or all would begin at the same moment
      while (!mayBegin() && !isOver()) await restUnless(isOver, waiting.below(waitMs));
      if (isOver()) return;
      const beganAtMs = Date.now();
      const injected = await attempt(fault, random, count);
      if (injected === null) {
        await Bun.sleep(AGAIN_MS);
        continue;
      }
      count++;
      tookMs = fault.isCalm === true ? Date.now() - beganAtMs : 0;
      for (const each of [injected].flat()) journal.record(fault.kind, beganAtMs, each);
    }
  };
  await Promise.all(lanes.map(run));
}

async function attempt(
  fault: Fault,
  random: SeededRandom,
  count: number,
): Promise<Injected | readonly Injected[] | null> {
  try {
    return await fault.inject(random, count);
  } catch (error) {
    // one that went wrong proves nothing, and must not end the others
    return { what: `went wrong: ${error instanceof Error ? error.message : String(error)}`, proof: null };
  }
}

async function restUnless(isOver: () => boolean, ms: number): Promise<void> {
  for (const end = Date.now() + ms; Date.now() < end && !isOver(); )
    await Bun.sleep(Math.min(100, Math.max(1, end - Date.now())));
}
