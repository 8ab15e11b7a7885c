import type { Beat, Heard } from './beat.ts';

interface Member {
  readonly beat: Beat;
  /** What it says, without its count. */
  readonly says: string;
  readonly heardAtMs: number;
}

/** So many processes are known at once (invariant 7); heartbeats of others are passed over. */
const MEMBERS_MAX = 1_000;
/** So many dead ones are remembered, to be cleared away; of the others the keys stay in the log. */
const DEAD_MAX = 10_000;

/**
 * Which processes are alive, by the heartbeats that this one has heard, on its own monotonic clock: clocks of machines
 * are never compared. Has no clock itself. While it does not hear its own heartbeats it is deaf, and takes nobody for
 * dead: a log that is away for all must not make each of them think that it is alone.
 */
export class Membership {
  readonly #self: string;
  readonly #timeoutMs: number;
  readonly #members: Map<string, Member> = new Map();
  /** Who is dead without having said so, and since when. */
  readonly #dead: Map<string, number> = new Map();
  #heardSelfAtMs: number = Number.NEGATIVE_INFINITY;
  /** Since when it has not been deaf. */
  #hearingSinceMs = 0;

  constructor(self: string, timeoutMs: number) {
    this.#self = self;
    this.#timeoutMs = timeoutMs;
  }

  /** Takes a heartbeat or a leave; returns whether that changed who is alive, or what it says of itself. */
  hear({ process, beat }: Heard, nowMs: number): boolean {
    if (process === this.#self) this.#hearSelf(nowMs);
    this.#dead.delete(process);
    if (beat === null) return process !== this.#self && this.#members.delete(process);
    const known = this.#members.get(process);
    if (known === undefined && this.#members.size >= MEMBERS_MAX) return false;
    const says = JSON.stringify({ ...beat, beat: 0 });
    this.#members.set(process, { beat, says, heardAtMs: nowMs });
    return known?.says !== says;
  }

  /** Lets go of who was silent for the time-out; returns whether there was any. */
  expire(nowMs: number): boolean {
    if (this.#isDeaf(nowMs)) return false;
    let hasChanged = false;
    for (const [process, { heardAtMs }] of this.#members) {
      if (process === this.#self) continue;
      if (nowMs - Math.max(heardAtMs, this.#hearingSinceMs) < this.#timeoutMs) continue;
      this.#members.delete(process);
      this.remember(process, nowMs);
      hasChanged = true;
    }
    return hasChanged;
  }

  /** Notes one that is dead, so that its key is cleared away some day. */
  remember(process: string, nowMs: number): void {
    if (this.#dead.size < DEAD_MAX && !this.#members.has(process)) this.#dead.set(process, nowMs);
  }

  /**
   * Whose keys this process is to clear away: those that are dead for so long, where it is the first of the living.
   * They are forgotten with that.
   */
  takeForgotten(afterMs: number, nowMs: number): readonly string[] {
    if (this.#dead.size === 0 || this.#isDeaf(nowMs)) return [];
    if ([...this.#members.keys()].sort()[0] !== this.#self) return [];
    const due = [...this.#dead].flatMap(([process, sinceMs]) =>
      nowMs - sinceMs >= afterMs ? [process] : [],
    );
    for (const process of due) this.#dead.delete(process);
    return due;
  }

  /** The heartbeats of who is alive, by process. */
  live(): readonly Beat[] {
    const beats = [...this.#members.values()].map(({ beat }) => beat);
    return beats.sort((one, other) => (one.process < other.process ? -1 : 1));
  }

  #hearSelf(nowMs: number): void {
    if (this.#isDeaf(nowMs)) this.#hearingSinceMs = nowMs;
    this.#heardSelfAtMs = nowMs;
  }

  #isDeaf(nowMs: number): boolean {
    return nowMs - this.#heardSelfAtMs > this.#timeoutMs / 2;
  }
}
