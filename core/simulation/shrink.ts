import { FAULT_KINDS, type FaultKind } from './faults.ts';
import type { SimulationOptions, SimulationResult, Violation } from './options.ts';
import { Random } from './random.ts';

export interface ShrinkOptions {
  /** At most so many runs are tried. Default 400. */
  readonly tries?: number;
  /** Called before each try. */
  readonly onTry?: (tried: number) => void;
  /** Ends the search: what is smallest so far counts. */
  readonly isOver?: () => boolean;
}

export interface Shrunk {
  /** Of the smallest run that was found: `simulate` of them breaks the same invariant. */
  readonly options: SimulationOptions;
  readonly result: SimulationResult;
  /** How many runs were tried. */
  readonly tries: number;
}

const DEFAULT_TRIES = 400;
/** The fewest steps that a simulation takes. */
const LEAST_STEPS = 200;
const LUCKY_TRIES = 40;

type Simulate = (options: SimulationOptions) => Promise<SimulationResult>;

/**
 * Looks for a smaller run that breaks the same invariant: fewer workflows, engines, answerers and partitions, fewer kinds
 * of fault, fewer injections, fewer steps. `failed` is what `run` gave for `options`. Throws RangeError where nothing was
 * broken.
 */
export async function shrink(
  options: SimulationOptions,
  failed: SimulationResult,
  run: Simulate,
  limits: ShrinkOptions = {},
): Promise<Shrunk> {
  if (failed.violation === null)
    throw new RangeError('there is nothing to shrink: the run broke no invariant');
  const search = new Search({ ...options, tell: false }, failed, failed.violation, run, limits);
  await search.whole();
  return { options: search.options, result: search.result, tries: search.tries };
}

class Search {
  options: SimulationOptions;
  result: SimulationResult;
  tries = 0;
  readonly #violation: Violation;
  readonly #run: Simulate;
  readonly #limits: ShrinkOptions;

  constructor(
    options: SimulationOptions,
    result: SimulationResult,
    violation: Violation,
    run: Simulate,
    limits: ShrinkOptions,
  ) {
    this.options = options;
    this.result = result;
    this.#violation = violation;
    this.#run = run;
    this.#limits = limits;
  }

  /** Every way of making it smaller, again and again, until none helps. */
  async whole(): Promise<void> {
    for (let before = -1; before !== this.#size() && !this.#isOver; ) {
      before = this.#size();
      await this.#shorter();
      await this.#smaller('workflows', 1);
      await this.#smaller('engines', 1);
      await this.#smaller('answerers', 1);
      await this.#smaller('partitions', 1);
      await this.#fewerKinds();
      await this.#fewerInjections();
      await this.#luck();
    }
  }

  get #isOver(): boolean {
    const { tries = DEFAULT_TRIES, isOver } = this.#limits;
    return this.tries >= tries || isOver?.() === true;
  }

  /** Gets smaller with whatever is taken; what is left to the seed counts as large. */
  #size(): number {
    const {
      workflows = 100,
      engines = 100,
      answerers = 100,
      partitions = 100,
      steps = 10_000,
    } = this.options;
    return workflows + engines + answerers + partitions + steps + this.result.injections.length * 100;
  }

  /** Takes the change if the same invariant is broken with it. */
  async #take(change: Partial<SimulationOptions>): Promise<boolean> {
    if (this.#isOver) return false;
    this.tries += 1;
    this.#limits.onTry?.(this.tries);
    const options = { ...this.options, ...change };
    const result = await this.#run(options);
    if (result.violation?.invariant !== this.#violation.invariant) return false;
    this.options = options;
    this.result = result;
    return true;
  }

  /** Nothing after the violation matters. */
  async #shorter(): Promise<void> {
    const { steps, violation } = this.result;
    const needed = Math.max(LEAST_STEPS, violation?.step ?? steps);
    for (const fewer of [LEAST_STEPS, needed])
      if (fewer < (this.options.steps ?? Number.POSITIVE_INFINITY) && (await this.#take({ steps: fewer })))
        return;
  }

  async #smaller(what: 'workflows' | 'engines' | 'answerers' | 'partitions', least: number): Promise<void> {
    const now = this.options[what] ?? 5;
    for (let fewer = least; fewer < now; fewer++) if (await this.#take({ [what]: fewer })) return;
  }

  /** A kind that is off changes which faults are drawn afterwards: taken only while fewer are injected in all. */
  async #fewerKinds(): Promise<void> {
    const injected = new Set<FaultKind>(this.result.injections.map(({ kind }) => kind));
    const off = Object.fromEntries(
      FAULT_KINDS.filter((kind) => !injected.has(kind)).map((kind) => [kind, 0]),
    );
    if (injected.size > 0 && Object.keys(off).length > 0)
      await this.#ifFewer({ ...this.options.faults, ...off });
    for (const kind of injected) await this.#ifFewer({ ...this.options.faults, [kind]: 0 });
  }

  async #ifFewer(faults: SimulationOptions['faults'] & object): Promise<void> {
    const { options, result } = this;
    if (await this.#take({ faults })) {
      if (this.result.injections.length <= result.injections.length) return;
      this.options = options;
      this.result = result;
    }
  }

  /**
   * Leaves out what chance says. One injection less makes another schedule of all that follows, so that what fails by
   * the rules above may do well by luck.
   */
  async #luck(): Promise<void> {
    const random = new Random(this.options.seed, 0x5b41);
    for (let tried = 0; tried < LUCKY_TRIES && this.result.injections.length > 1; tried++) {
      const left = this.result.injections.filter(() => random.oneIn(2)).map(({ ordinal }) => ordinal);
      const { options, result } = this;
      const taken = await this.#take({ suppress: new Set([...(options.suppress ?? []), ...left]) });
      if (!taken || this.result.injections.length < result.injections.length) continue;
      this.options = options;
      this.result = result;
    }
  }

  /** Leaves out half of the injections, then a quarter, down to single ones (delta debugging). */
  async #fewerInjections(): Promise<void> {
    for (let size = Math.ceil(this.result.injections.length / 2); size >= 1; size = Math.floor(size / 2)) {
      let at = 0;
      while (at < this.result.injections.length && !this.#isOver) {
        const left = this.result.injections.slice(at, at + size).map(({ ordinal }) => ordinal);
        const suppress = new Set([...(this.options.suppress ?? []), ...left]);
        // where it is taken, what follows has moved up to here
        if (!(await this.#take({ suppress }))) at += size;
      }
    }
  }
}
