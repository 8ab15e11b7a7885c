/** Wakes those who wait for something to have changed. */
export class Signal {
  readonly #waiting: Set<() => void> = new Set();

  /** Resolves with the next `fire`, or after so many milliseconds; never rejects. */
  wait(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(end);
        resolve();
      };
      const timer = setTimeout(end, withinMs);
      this.#waiting.add(end);
    });
  }

  fire(): void {
    for (const end of [...this.#waiting]) end();
  }
}
