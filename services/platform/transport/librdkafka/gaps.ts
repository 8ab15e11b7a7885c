import type { Position } from '../../../../core/mod.ts';
import type { Intake } from './intake.ts';

export interface GapFinder {
  /** Of these positions, the next offsets of those that have nothing but gaps before a later one. */
  find(positions: readonly Position[]): Promise<readonly Position[]>;
}

const EVERY_MS = 1_000;

/**
 * Where librdkafka's package doesn't tell that the end of a partition was reached, and the last offsets hold no record
 * (compaction and transaction markers leave such offsets), who compares a position with the end would wait in vain.
 * So once somebody has asked for a position, partitions that gave nothing are looked at in another way.
 */
export class GapWatch {
  readonly #intake: Intake;
  readonly #finder: GapFinder | undefined;
  #isAsked = false;
  #lookedAtMs = Number.NEGATIVE_INFINITY;

  /** Without a finder there is nothing to do. */
  constructor(intake: Intake, finder: GapFinder | undefined) {
    this.#intake = intake;
    this.#finder = finder;
  }

  asked(): void {
    this.#isAsked = true;
  }

  /** To be called when nothing came. */
  async look(): Promise<void> {
    const nowMs = performance.now();
    if (this.#finder === undefined || !this.#isAsked || nowMs - this.#lookedAtMs < EVERY_MS) return;
    this.#isAsked = false;
    this.#lookedAtMs = nowMs;
    const idle = this.#intake.cursors().filter(({ paused, buffered }) => !paused && buffered === 0);
    const asked = idle.map(({ topic, partition, fetchFrom }) => ({ topic, partition, offset: fetchFrom }));
    const passed = await this.#finder.find(asked);
    for (const position of passed) this.#intake.pass(position);
  }
}
