import { WaitingList } from '../../../core/mod.ts';

/** At most so many waits at once where every batch probes for each of them. */
export const WAITERS_MAX = 1_000;
/** At most so many waits at once where a batch probes for the keys that it touches only. */
export const KEYED_WAITERS_MAX = 10_000;

/** The longest time that a timer of the runtime takes, in milliseconds. */
const TIMER_MAX_MS = 2_147_483_647;

/** A waiting list on the runtime's timers. */
export function waitingList(max: number): WaitingList {
  return new WaitingList({
    max,
    startTimer: (ms, fire) => {
      const timer = setTimeout(fire, Math.min(ms, TIMER_MAX_MS));
      return () => clearTimeout(timer);
    },
  });
}
