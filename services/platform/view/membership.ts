import type { Heard, Heartbeat } from './heartbeat.ts';

interface Member {
  heartbeat: Heartbeat;
  heardAtMs: number;
}

/** So many instances of one view are known at once (invariant 7); heartbeats of others are passed over. */
const MEMBERS_MAX = 1_000;

/**
 * Who is alive, by the heartbeats that this instance has heard, on its own monotonic clock: clocks of machines are
 * never compared. Has no clock itself. While it does not hear its own heartbeats it is deaf, and takes nobody for dead:
 * a log that is away for all must not make each of them think that it is alone.
 */
export class Membership {
  readonly #self: string;
  readonly #timeoutMs: number;
  readonly #members: Map<string, Member> = new Map();
  #heardSelfAtMs: number = Number.NEGATIVE_INFINITY;
  /** Since when it has not been deaf. */
  #hearingSinceMs = 0;

  constructor(self: string, timeoutMs: number) {
    this.#self = self;
    this.#timeoutMs = timeoutMs;
  }

  /** Takes a heartbeat or a leave; returns whether that changed who is alive, where, or what it has. */
  hear({ instanceId, heartbeat }: Heard, nowMs: number): boolean {
    if (instanceId === this.#self) this.#hearSelf(nowMs);
    if (heartbeat === null) return instanceId !== this.#self && this.#members.delete(instanceId);
    const known = this.#members.get(instanceId);
    if (known === undefined && this.#members.size >= MEMBERS_MAX) return false;
    this.#members.set(instanceId, { heartbeat, heardAtMs: nowMs });
    return known === undefined || !saysTheSame(known.heartbeat, heartbeat);
  }

  /** Lets go of who was silent for the time-out; returns whether there was any. */
  expire(nowMs: number): boolean {
    if (this.#isDeaf(nowMs)) return false;
    let hasChanged = false;
    for (const [instanceId, { heardAtMs }] of this.#members) {
      if (instanceId === this.#self) continue;
      if (nowMs - Math.max(heardAtMs, this.#hearingSinceMs) < this.#timeoutMs) continue;
      this.#members.delete(instanceId);
      hasChanged = true;
    }
    return hasChanged;
  }

  /** The heartbeats of who is alive, by instance-id. */
  live(): readonly Heartbeat[] {
    const heartbeats = [...this.#members.values()].map(({ heartbeat }) => heartbeat);
    return heartbeats.sort((one, other) => (one.instanceId < other.instanceId ? -1 : 1));
  }

  #hearSelf(nowMs: number): void {
    if (this.#isDeaf(nowMs)) this.#hearingSinceMs = nowMs;
    this.#heardSelfAtMs = nowMs;
  }

  #isDeaf(nowMs: number): boolean {
    return nowMs - this.#heardSelfAtMs > this.#timeoutMs / 2;
  }
}

function saysTheSame(one: Heartbeat, other: Heartbeat): boolean {
  return (
    one.url === other.url &&
    one.startedAt === other.startedAt &&
    one.partitions.join() === other.partitions.join()
  );
}
