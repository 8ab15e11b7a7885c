/** An axis: where a value stands from 0 to 1, and which values are written beside it. */
export interface Scale {
  place(value: number): number;
  readonly ticks: readonly number[];
}

const TICKS = 5;

/** From 0 to a round number at or above `max`. */
export function linear(max: number): Scale {
  const step = roundUp(Math.max(max, 1e-9) / TICKS);
  const steps = Math.max(1, Math.ceil(max / step - 1e-9));
  const end = steps * step;
  return {
    place: (value) => value / end,
    ticks: Array.from({ length: steps + 1 }, (_, at) => at * step),
  };
}

/** Each factor of ten as long as the other, from a round number below `min` to one above `max`; both above 0. */
export function logarithmic(min: number, max: number): Scale {
  const ticks = [1, 2, 5]
    .flatMap((digit) => Array.from({ length: 15 }, (_, at) => digit * 10 ** (at - 6)))
    .toSorted((a, b) => a - b);
  const first = ticks.findLastIndex((tick) => tick <= min);
  const last = ticks.findIndex((tick) => tick >= max);
  const kept = ticks.slice(Math.max(0, first), (last < 0 ? ticks.length - 1 : Math.max(last, first + 1)) + 1);
  const [low = min, high = max] = [kept[0], kept.at(-1)];
  return { place: (value) => Math.log(value / low) / Math.log(high / low), ticks: kept };
}

/** These values alone, by their logarithms; one alone stands in the middle. */
export function among(values: readonly number[]): Scale {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return {
    place: (value) => (high === low ? 0.5 : Math.log(value / low) / Math.log(high / low)),
    ticks: values,
  };
}

/** 1, 2, 2.5 or 5 times a power of ten. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const digit = [1, 2, 2.5, 5, 10].find((each) => each * power >= value * (1 - 1e-9)) ?? 10;
  return digit * power;
}
