import { randomOf } from '../customers.ts';

/**
 * When each of `count` bills shall be sent, in milliseconds after the start: random gaps (a Poisson process) that come
 * to `rate` a second on average. The gaps follow from the seed; no answer is waited for (open loop).
 */
export function arrivalTimes(count: number, rate: number, seed: number): readonly number[] {
  const random = randomOf(seed);
  const times: number[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    times.push(at);
    at += (-Math.log(1 - random()) * 1000) / rate;
  }
  return times;
}
