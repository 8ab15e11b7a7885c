import { KeyedFoldProcessor } from '../processing/keyed-fold-processor.ts';
import type { LogLines } from '../processing/processor.ts';
import { WorkflowProcessor } from '../processing/workflow-processor.ts';
import type { AnyKeyedFold } from '../view/keyed-fold.ts';
import type { Definitions } from '../workflow/definitions.ts';
import type { Answerers } from './testbed-answers.ts';
import { type CrashPoint, Engine } from './testbed-engine.ts';
import { TestbedError } from './testbed-error.ts';
import { COMMON_TOPICS, type World } from './testbed-world.ts';

const silent = (): void => undefined;
const NO_LOG: LogLines = { debug: silent, info: silent, warn: silent, error: silent };
/** In a round where nothing happens a fence may be raised; where so many pass, nothing will happen. */
const IDLE_ROUNDS = 3;
const MAX_OPEN_JOBS = 1_000_000;

export interface Cast {
  readonly world: World;
  readonly answerers: Answerers;
  readonly folds: readonly AnyKeyedFold[];
  readonly earlyWaitMs: number;
  /** So many turns in one `settle`, and somebody goes round in circles. */
  readonly rounds: number;
  /** Asked whenever an engine starts. */
  readonly definitions: () => Definitions;
}

/** Runs engines and answerers in turns until nothing more can happen now, and lets time pass. */
export class Stage {
  readonly #cast: Cast;
  readonly #engines: readonly Engine[];

  constructor(cast: Cast) {
    this.#cast = cast;
    this.#engines = [workflowEngine(cast), ...cast.folds.map((fold) => foldEngine(cast, fold))];
  }

  async settle(): Promise<void> {
    const { world, answerers, rounds } = this.#cast;
    await world.prepare(COMMON_TOPICS);
    let idle = 0;
    for (let round = 0; idle < IDLE_ROUNDS; round++) {
      if (round === rounds)
        throw new TestbedError(
          'never-settles',
          'it does not come to rest: does a fold emit what it reads? story() tells',
        );
      const before = world.activity;
      for (const engine of this.#engines) await engine.turn();
      await answerers.turn();
      idle = world.activity === before ? idle + 1 : 0;
    }
  }

  /** Comes to rest, then goes from one due time to the next, up to this one. */
  async advanceTo(untilMs: number): Promise<void> {
    const { world } = this.#cast;
    await this.settle();
    for (let next = this.#nextMs(); next !== null && next <= untilMs; next = this.#nextMs()) {
      world.nowMs = next;
      await this.settle();
    }
    world.nowMs = untilMs;
  }

  /** All engines die: now, or where their next unit of work comes to this point. */
  async crash(at: CrashPoint | null): Promise<void> {
    for (const engine of this.#engines) await engine.crash(at);
  }

  /** The next time after now at which something is due. */
  #nextMs(): number | null {
    const { world, answerers } = this.#cast;
    const [job, answer] = [world.store.nextAfter(world.nowMs), answerers.nextMs];
    if (job === null || answer === null) return job ?? answer;
    return Math.min(job, answer);
  }
}

function workflowEngine({ world, earlyWaitMs, definitions }: Cast): Engine {
  return new Engine(
    world,
    'the engine',
    (backing) =>
      new WorkflowProcessor({
        backing,
        definitions: definitions(),
        group: 'engine',
        partitions: world.partitions,
        maxOpenJobs: MAX_OPEN_JOBS,
        storeId: null,
        acceptLostJobs: false,
        earlyWaitMs,
        now: () => world.nowMs,
        logger: NO_LOG,
      }),
  );
}

function foldEngine({ world }: Cast, fold: AnyKeyedFold): Engine {
  return new Engine(
    world,
    `the fold ${fold.name}`,
    (backing) =>
      new KeyedFoldProcessor({
        backing,
        fold,
        group: fold.name,
        partitions: world.partitions,
        storeId: null,
        acceptLostJobs: false,
        logger: NO_LOG,
      }),
  );
}
