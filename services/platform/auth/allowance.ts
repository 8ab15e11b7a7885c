/** So many at once, and then one more each so many milliseconds (a token bucket). */
export class Allowance {
  readonly #limits: { readonly burst: number; readonly everyMs: number };
  readonly #now: () => number;
  #left: number;
  #countedAt: number;

  constructor(limits: { readonly burst: number; readonly everyMs: number }, now: () => number) {
    this.#limits = limits;
    this.#now = now;
    this.#left = limits.burst;
    this.#countedAt = now();
  }

  /** Takes one; false where none is left. */
  take(): boolean {
    const { burst, everyMs } = this.#limits;
    const earned = Math.floor((this.#now() - this.#countedAt) / everyMs);
    if (earned > 0) {
      this.#left = Math.min(burst, this.#left + earned);
      this.#countedAt += earned * everyMs;
    }
    if (this.#left === 0) return false;
    this.#left--;
    return true;
  }
}
