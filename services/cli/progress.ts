// How far something is: a bar that is drawn again and again on a terminal, elsewhere a line now and then.
import type { Surroundings } from './command.ts';

const BAR_WIDTH = 30;
/** Where nobody looks, a line at most so often. */
const LINE_EVERY_MS = 5_000;

export interface Standing {
  readonly done: number;
  /** Null where it is not known. */
  readonly total: number | null;
  /** What is counted, such as "bills". */
  readonly unit: string;
  /** A second. */
  readonly rate?: number | null;
  readonly secondsLeft?: number | null;
  /** Anything else worth saying. */
  readonly notes?: readonly string[];
}

/** On standard error, so that standard output has the result alone. */
export class ProgressLine {
  readonly #surroundings: Surroundings;
  #lastText = '';
  #lastMs = Number.NEGATIVE_INFINITY;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  show(standing: Standing): void {
    const text = lineOf(standing, this.#isDrawn);
    if (text === this.#lastText) return;
    if (this.#isDrawn) process.stderr.write(`\r${text}\u001b[K`);
    else if (performance.now() - this.#lastMs < LINE_EVERY_MS) return;
    else this.#surroundings.err(`${text}\n`);
    this.#lastText = text;
    this.#lastMs = performance.now();
  }

  /** A remark of its own, above the bar. */
  remark(text: string): void {
    this.end();
    this.#surroundings.err(`${text}\n`);
  }

  /** Leaves the bar as it is and goes to the next line. */
  end(): void {
    if (this.#isDrawn && this.#lastText !== '') process.stderr.write('\n');
    this.#lastText = '';
  }

  get #isDrawn(): boolean {
    return this.#surroundings.onTerminal.err;
  }
}

function lineOf({ done, total, unit, rate, secondsLeft, notes = [] }: Standing, isDrawn: boolean): string {
  const counted =
    total === null ? `${countText(done)} ${unit}` : `${countText(done)}/${countText(total)} ${unit}`;
  const parts = [
    ...(isDrawn && total !== null ? [bar(done, total)] : []),
    counted,
    ...(rate == null || rate <= 0 ? [] : [`${countText(rate)}/s`]),
    ...(secondsLeft == null ? [] : [`${durationText(secondsLeft)} left`]),
    ...notes,
  ];
  return parts.join('  ');
}

function bar(done: number, total: number): string {
  const filled = total === 0 ? BAR_WIDTH : Math.floor((done / total) * BAR_WIDTH);
  return `[${'█'.repeat(filled)}${'·'.repeat(BAR_WIDTH - filled)}]`;
}

/** 1,234; below ten with one decimal. */
function countText(value: number): string {
  if (value < 10 && !Number.isInteger(value)) return value.toFixed(1);
  return Math.round(value).toLocaleString('en-US');
}

/** 45s, 3m 5s, 2h 10m. */
export function durationText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole}s`;
  const minutes = Math.floor(whole / 60);
  return minutes < 60 ? `${minutes}m ${whole % 60}s` : `${Math.floor(minutes / 60)}h ${minutes % 60}m`;
}
