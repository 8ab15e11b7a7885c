import type { Discovery } from '../discovery/index.ts';

/** So long an instance that failed is asked only where there is no other; doubled each time that it fails again. */
const AVOID_MS = 1_000;
const AVOID_MAX_MS = 30_000;

/** Something that can be asked. */
export interface Target {
  /** Tells a start of an instance from another. */
  readonly id: string;
  /** Its base address. */
  readonly url: string;
  readonly isReady: boolean;
}

interface Standing {
  inFlight: number;
  /** Failures in a row. */
  failures: number;
  avoidUntilMs: number;
}

/** Where a service can be asked, and how each of them stands with this process. */
export class Targets {
  readonly #service: string;
  readonly #discovery: Discovery;
  readonly #address: string | undefined;
  readonly #nowMs: () => number;
  readonly #standings: Map<string, Standing> = new Map();

  /** With an `address`, that is the only target: who is behind it is not ours to know. */
  constructor(service: string, discovery: Discovery, address: string | undefined, nowMs: () => number) {
    this.#service = service;
    this.#discovery = discovery;
    this.#address = address;
    this.#nowMs = nowMs;
  }

  /** Whether who is there has to be looked up. */
  get isStatic(): boolean {
    return this.#address !== undefined;
  }

  all(): readonly Target[] {
    if (this.#address !== undefined) return [{ id: this.#address, url: this.#address, isReady: true }];
    return this.#discovery.instances(this.#service).flatMap(({ instanceId, startedAt, url, health }) => {
      return url === null ? [] : [{ id: `${instanceId} ${startedAt}`, url, isReady: health === 'ready' }];
    });
  }

  /**
   * Whom to ask: the one with fewer requests under way, of two by chance, among those that this call has not tried,
   * that did not fail just now, and that are ready; as far as there are such.
   */
  choose(tried: ReadonlySet<string>): Target | undefined {
    const all = this.all();
    if (all.length <= 1) return all[0];
    this.#forgetOthers(all);
    const nowMs = this.#nowMs();
    const penalties = all.map(({ id, isReady }) => {
      const isAvoided = (this.#standings.get(id)?.avoidUntilMs ?? 0) > nowMs;
      return (tried.has(id) ? 4 : 0) + (isAvoided ? 2 : 0) + (isReady ? 0 : 1);
    });
    const least = Math.min(...penalties);
    const best = all.filter((_, at) => penalties[at] === least);
    const at = Math.floor(Math.random() * best.length);
    const other = (at + 1 + Math.floor(Math.random() * (best.length - 1))) % best.length;
    const [one, another] = [best[at], best[other]];
    if (one === undefined || another === undefined) return one;
    return this.#inFlight(another) < this.#inFlight(one) ? another : one;
  }

  /** Counts a request to it as under way, until what came of it is said. */
  begin({ id }: Target): (hasFailed: boolean) => void {
    const standing = this.#standings.get(id) ?? { inFlight: 0, failures: 0, avoidUntilMs: 0 };
    this.#standings.set(id, standing);
    standing.inFlight++;
    return (hasFailed) => {
      standing.inFlight--;
      if (!hasFailed) Object.assign(standing, { failures: 0, avoidUntilMs: 0 });
      else if (standing.avoidUntilMs <= this.#nowMs()) {
        const avoidMs = Math.min(AVOID_MAX_MS, AVOID_MS * 2 ** standing.failures++);
        standing.avoidUntilMs = this.#nowMs() + avoidMs;
      }
    };
  }

  #inFlight({ id }: Target): number {
    return this.#standings.get(id)?.inFlight ?? 0;
  }

  #forgetOthers(live: readonly Target[]): void {
    if (this.#standings.size <= live.length) return;
    const ids = new Set(live.map(({ id }) => id));
    for (const id of this.#standings.keys()) if (!ids.has(id)) this.#standings.delete(id);
  }
}
