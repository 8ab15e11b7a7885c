import { partitionFor } from '../messages/partitioner.ts';
import { topics } from '../messages/topics.ts';
import { isoTime } from '../workflow/time.ts';
import { Arrivals } from './arrivals.ts';
import { Crew } from './crew.ts';
import { Injector } from './injector.ts';
import type { Call } from './kernel.ts';
import { labScenario } from './lab-scenario.ts';
import type { SimulationOptions, SimulationResult } from './options.ts';
import { Random } from './random.ts';
import type { Seat } from './seat.ts';
import { checkTotals, VISITS } from './visits.ts';
import { type Settings, World } from './world.ts';

const LEAST_STEPS = 200;
/** So many steps without faults are more than enough to come to rest. */
const MAX_CALM_STEPS = 6_000;
/** So often everybody looks for news in vain before it counts as rest. */
const RESTS = 3;

/**
 * Simulates one run of the real core over a simulated log, store and clock: everything in it, the faults too, follows from
 * the options. After every step it checks the invariants that can be checked, and at the end that all that was accepted
 * has ended. Throws RangeError for options that make no sense.
 */
export async function simulate(options: SimulationOptions): Promise<SimulationResult> {
  const run = new Run(options);
  await run.all();
  return run.result();
}

class Run {
  readonly #world: World;
  readonly #crew: Crew;
  readonly #arrivals: Arrivals;
  readonly #injector: Injector;

  constructor(options: SimulationOptions) {
    this.#world = new World(settingsOf(options), options);
    this.#crew = new Crew(this.#world);
    this.#arrivals = new Arrivals(this.#world);
    this.#injector = new Injector(this.#world);
  }

  result(): SimulationResult {
    const { kernel, settings, injections, oracle, story, coverage } = this.#world;
    const { seed } = settings;
    return { seed, steps: kernel.step, injections, violation: oracle.violation, story, coverage };
  }

  async all(): Promise<void> {
    const { kernel, settings, oracle } = this.#world;
    this.#crew.start();
    await kernel.settle();
    while (kernel.step < settings.steps && oracle.violation === null) await this.#step();
    if (oracle.violation === null) await this.#toTheEnd();
    const { violation } = oracle;
    if (violation !== null)
      this.#world.tell(() => `!!! invariant ${violation.invariant}: ${violation.message}`);
  }

  async #step(): Promise<void> {
    const world = this.#world;
    const { kernel } = world;
    kernel.step++;
    kernel.nowMs += world.random.below(10);
    kernel.tick();
    world.doDue();
    this.#arrivals.arrive();
    await kernel.settle();
    const call = this.#next();
    if (call === null) return;
    world.tell(() => `${call.process.name} ${call.point}`);
    this.#injector.carryOut(call);
    await kernel.settle();
  }

  /** Which call is carried out: mostly one that does something, now and then one that only looks. */
  #next(): Call | null {
    const { kernel, random } = this.#world;
    const ready: Call[] = [];
    const idle: Call[] = [];
    for (const { pending } of kernel.processes) {
      if (pending === null || (pending.notBefore > kernel.step && !this.#world.isCalm)) continue;
      (pending.isIdle() ? idle : ready).push(pending);
    }
    if (ready.length > 0 && (idle.length === 0 || !random.oneIn(12))) return random.pick(ready);
    return idle.length === 0 ? null : random.pick(idle);
  }

  /** Faults off, everybody back, until nothing happens any more: then all must have ended. */
  async #toTheEnd(): Promise<void> {
    const world = this.#world;
    const { kernel, seats, store, oracle, settings } = world;
    world.tell(() => '--- from here on nothing fails');
    world.isCalm = true;
    store.downUntil = 0;
    for (const process of kernel.processes) process.skewMs = 0;
    world.doDue();
    await kernel.settle();
    const last = settings.scenario.deployments.length - 1;
    for (const seat of [...seats.values()])
      if (seat.deployment >= 0 && seat.deployment !== last) this.#injector.deploy(seat, 'new');
    await kernel.settle();
    await this.#untilRest();
    this.#retryParked();
    await this.#untilRest();
    if (oracle.violation !== null) return;
    oracle.atRest(world.accepted);
    world.view.check(oracle.dossiers.values(), oracle.accuse);
    checkTotals(world.visits, world.log.of(VISITS.totals).flat(), oracle.accuse);
  }

  async #untilRest(): Promise<void> {
    const world = this.#world;
    const { kernel, oracle, store } = world;
    const from = kernel.step;
    while (oracle.violation === null) {
      if (kernel.step - from > MAX_CALM_STEPS)
        return oracle.accuse(
          'progress',
          `it does not come to rest within ${MAX_CALM_STEPS} steps without faults`,
        );
      await this.#calmStep();
      if (!this.#isAtRest()) continue;
      const dueMs = store.nextDueMs(null);
      if (dueMs === null) return;
      // nothing is left to do before somebody's time comes
      kernel.nowMs = Math.max(kernel.nowMs + 250, dueMs);
      world.activity++;
      world.tell(() => `--- the clock goes on to ${isoTime(kernel.nowMs)}`);
    }
  }

  async #calmStep(): Promise<void> {
    const world = this.#world;
    const { kernel, seats } = world;
    kernel.step++;
    kernel.nowMs += 1;
    kernel.tick();
    world.doDue();
    await kernel.settle();
    const call = this.#nextCalm();
    if (call === null) return;
    const seat = seats.get(call.process);
    const looks = call.isIdle();
    world.tell(() => `${call.process.name} ${call.point}`);
    const before = world.activity;
    this.#injector.carryOut(call);
    if (seat !== undefined && looks && world.activity === before) noteRest(seat, before);
    await kernel.settle();
  }

  #nextCalm(): Call | null {
    const { kernel, random, seats, activity } = this.#world;
    const ready: Call[] = [];
    const idle: Call[] = [];
    for (const process of kernel.processes) {
      const { pending } = process;
      if (pending === null) continue;
      if (!pending.isIdle()) ready.push(pending);
      else {
        const seat = seats.get(process);
        if (seat === undefined || seat.restingAt !== activity || seat.rests < RESTS) idle.push(pending);
      }
    }
    if (ready.length > 0) return random.pick(ready);
    return idle.length === 0 ? null : random.pick(idle);
  }

  #isAtRest(): boolean {
    const { seats, activity, kernel } = this.#world;
    for (const { pending } of kernel.processes) if (pending?.isIdle() !== true) return false;
    for (const { restingAt, rests } of seats.values())
      if (restingAt !== activity || rests < RESTS) return false;
    return true;
  }

  /** Somebody looks after what is parked, now that every version is deployed. */
  #retryParked(): void {
    const { oracle, log, settings } = this.#world;
    for (const { workflowId, latest, content } of oracle.dossiers.values()) {
      if (latest.status !== 'parked' || content === null) continue;
      const value = JSON.stringify({
        'workflow-type': content.type,
        'workflow-id': workflowId,
        command: 'retry',
      });
      log.append([
        {
          topic: topics.workflowCommands,
          partition: partitionFor(workflowId, settings.partitions),
          key: workflowId,
          value,
        },
      ]);
    }
  }
}

function noteRest(seat: Seat, activity: number): void {
  seat.rests = seat.restingAt === activity ? seat.rests + 1 : 1;
  seat.restingAt = activity;
}

function settingsOf(options: SimulationOptions): Settings {
  const { seed, scenario = labScenario, steps, plant = null, tell = false } = options;
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new RangeError(`a seed is a whole number from 0, not ${seed}`);
  if (steps !== undefined && !(steps >= LEAST_STEPS))
    throw new RangeError(`a simulation has at least ${LEAST_STEPS} steps, not ${steps}`);
  const random = new Random(seed, 0);
  // drawn in this order whatever the options say, so that one of them changes nothing else
  const drawn = {
    steps: LEAST_STEPS + random.below(41),
    backing: random.pick(['atomic', 'in-order'] as const),
    partitions: 3 + random.below(2),
    answerers: 1 + random.below(2),
    coordinators: 1 + random.below(2),
    workflows: 3 + random.below(4),
    hasFolds: random.oneIn(3),
  };
  return {
    seed,
    scenario,
    steps: steps ?? drawn.steps,
    backing: options.backing ?? drawn.backing,
    partitions: atLeast(1, 'partitions', options.partitions ?? drawn.partitions),
    engines: atLeast(1, 'engines', options.engines ?? 2),
    answerers: atLeast(1, 'answerers', options.answerers ?? drawn.answerers),
    coordinators: drawn.coordinators,
    workflows: atLeast(1, 'workflows', options.workflows ?? drawn.workflows),
    hasFolds: drawn.hasFolds,
    plant,
    tell,
  };
}

function atLeast(least: number, what: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new RangeError(`a simulation has at least ${least} ${what}, not ${value}`);
}
