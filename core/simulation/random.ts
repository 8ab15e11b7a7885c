/** A source of numbers that look like chance and follow from a seed (sfc32). */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #count = 1;

  /** `stream` tells sources of the same seed apart. Both are whole numbers. */
  constructor(seed: number, stream: number) {
    this.#a = seed >>> 0;
    this.#b = Math.floor(seed / 2 ** 32) >>> 0;
    this.#c = stream >>> 0;
    for (let turn = 0; turn < 12; turn++) this.next();
  }

  /** A whole number from 0 to 2^32 - 1. */
  next(): number {
    const sum = (this.#a + this.#b + this.#count++) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    return sum >>> 0;
  }

  /** A whole number from 0 to `below` - 1; `below` is at least 1. */
  below(below: number): number {
    return this.next() % below;
  }

  /** True once in so many times. */
  oneIn(times: number): boolean {
    return this.next() % times === 0;
  }

  /** One of them; throws RangeError where there is none. */
  pick<T>(from: readonly T[]): T {
    const picked = from[this.below(Math.max(1, from.length))];
    if (picked === undefined) throw new RangeError('nothing to pick from');
    return picked;
  }
}
