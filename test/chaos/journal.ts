import type { FaultKind } from './options.ts';

/** Something that was done to the run. */
export interface Injection {
  readonly kind: FaultKind;
  /** ISO 8601: when it began. */
  readonly at: string;
  readonly tookMs: number;
  readonly what: string;
  /** How often; 1 but for what is counted rather than listed. */
  readonly times: number;
  /** How it is known that it happened; null: it is not, and it does not count. */
  readonly proof: string | null;
}

export interface Tally {
  readonly made: number;
  readonly proven: number;
}

/** What is said of an injection that came about; `what` and `proof` as in `Injection`. */
export type Injected = Pick<Injection, 'what' | 'proof'> & { readonly times?: number };

/** Every injection of a run, in the order in which they ended. */
export class Journal {
  readonly #injections: Injection[] = [];
  readonly #tell: (line: string) => void;

  constructor(tell: (line: string) => void) {
    this.#tell = tell;
  }

  get injections(): readonly Injection[] {
    return this.#injections;
  }

  record(kind: FaultKind, beganAtMs: number, { what, proof, times = 1 }: Injected): void {
    const at = new Date(beganAtMs).toISOString();
    const tookMs = Date.now() - beganAtMs;
    this.#injections.push({ kind, at, tookMs, what, times, proof });
    const took = `${(tookMs / 1_000).toFixed(1)} s`;
    this.#tell(`${at.slice(11, 23)} ${kind}: ${what} (${proof ?? 'NOT PROVEN'}; ${took})`);
  }

  tallyOf(kind: FaultKind): Tally {
    const ofKind = this.#injections.filter((each) => each.kind === kind);
    const count = (some: readonly Injection[]): number => some.reduce((sum, { times }) => sum + times, 0);
    return { made: count(ofKind), proven: count(ofKind.filter(({ proof }) => proof !== null)) };
  }
}
