import type { Position } from '../../../../core/mod.ts';
import { placeKey } from '../place.ts';

/** So long the first of them waits for others. */
const WAIT_MS = 1_000;

/** Offsets that wait to be committed together, the latest of each place. */
export class DeferredOffsets {
  readonly #waiting: Map<string, Position> = new Map();
  /** When the first is to be committed, on the clock of `performance.now`. */
  #dueAtMs: number = Number.POSITIVE_INFINITY;

  add(offsets: readonly Position[]): void {
    if (this.#waiting.size === 0 && offsets.length > 0) this.putOff();
    for (const offset of offsets) this.#waiting.set(placeKey(offset), offset);
  }

  all(): readonly Position[] {
    return [...this.#waiting.values()];
  }

  isAny(): boolean {
    return this.#waiting.size > 0;
  }

  /** The offset that waits for a place, by its `placeKey`. */
  at(place: string): number | undefined {
    return this.#waiting.get(place)?.offset;
  }

  /** Gives them out, to be committed. */
  take(): readonly Position[] {
    const taken = this.all();
    this.#waiting.clear();
    this.#dueAtMs = Number.POSITIVE_INFINITY;
    return taken;
  }

  /** Those of a partition that is no longer ours are the next owner's to commit. */
  forget(place: string): void {
    this.#waiting.delete(place);
    if (this.#waiting.size === 0) this.#dueAtMs = Number.POSITIVE_INFINITY;
  }

  /** Begins the waiting anew. */
  putOff(): void {
    this.#dueAtMs = performance.now() + WAIT_MS;
  }

  /** Infinity where none wait. */
  dueInMs(): number {
    return this.#dueAtMs - performance.now();
  }

  isDue(): boolean {
    return this.dueInMs() <= 0;
  }
}
