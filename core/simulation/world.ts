import { topicSpecs } from '../messages/topics.ts';
import { type ArmedFault, type FaultKind, Faults } from './faults.ts';
import { Kernel } from './kernel.ts';
import type { Backing, Injection, Plant, Scenario, SimulationOptions } from './options.ts';
import { Oracle, RUNS } from './oracle.ts';
import { Random } from './random.ts';
import { ViewFile } from './run-view.ts';
import type { Seat } from './seat.ts';
import { SimLog } from './sim-log.ts';
import { SimStore } from './sim-store.ts';
import { recordText } from './story-records.ts';
import { VISITS, type Visit } from './visits.ts';

/** 2026-01-01T00:00:00Z, in milliseconds since 1970: when every simulation begins. */
const BEGIN_MS = 1_767_225_600_000;

/** Options with nothing left open. */
export interface Settings {
  readonly seed: number;
  readonly scenario: Scenario;
  readonly steps: number;
  readonly engines: number;
  readonly answerers: number;
  readonly coordinators: number;
  readonly partitions: number;
  readonly workflows: number;
  readonly backing: Backing;
  readonly hasFolds: boolean;
  readonly plant: Plant | null;
  readonly tell: boolean;
}

/** What outlives every process: the log, the store, the clock; and what is noted of the run. */
export class World {
  readonly settings: Settings;
  readonly kernel: Kernel = new Kernel(BEGIN_MS);
  readonly random: Random;
  readonly oracle: Oracle;
  readonly log: SimLog;
  readonly store: SimStore;
  readonly faults: Faults;
  readonly view: ViewFile;
  /** What was taken of visits, where there are folds. */
  readonly visits: Visit[] = [];
  /** Whether faults are injected. */
  isCalm = false;
  readonly seats: Map<object, Seat> = new Map();
  readonly accepted: Set<string> = new Set();
  /** Counts what happens, to tell when nothing does. */
  activity = 0;
  readonly injections: Injection[] = [];
  readonly coverage: Record<string, number> = {};
  readonly story: string[] = [];
  /** What is to happen at a step or later, whoever runs. */
  readonly #agenda: { readonly at: number; readonly run: () => void }[] = [];

  constructor(settings: Settings, options: SimulationOptions) {
    const { seed, scenario, partitions, backing, plant } = settings;
    this.settings = settings;
    this.random = new Random(seed, 1);
    const { kernel } = this;
    this.oracle = new Oracle(scenario, partitions, () => ({
      log: this.log,
      store: this.store,
      step: () => kernel.step,
      latestWithin: (from, to) => kernel.latestWithin(from, to),
      inHand: (process) => this.seats.get(process)?.inHand ?? [],
    }));
    const watcher = this.#watcher();
    this.log = new SimLog(partitions, () => kernel.nowMs, watcher, plant?.noFencing === true);
    this.store = new SimStore(watcher, plant?.noCompareAndSet === true);
    this.view = new ViewFile(plant?.countsRepeats === true);
    this.faults = new Faults(seed, backing, options.faults ?? {}, options.suppress ?? new Set());
    const ours = topicSpecs(partitions).map(({ name }) => name);
    const foldTopics = (scenario.folds ?? [])
      .flatMap(({ inputs }) => inputs.map(({ topic }) => topic))
      .filter((topic) => !ours.includes(topic));
    const expected = scenario.deployments.flat().flatMap(({ expects }) => expects);
    for (const topic of [...ours, RUNS, ...Object.values(VISITS), ...expected, ...foldTopics])
      this.log.create(topic);
  }

  /** Adds a line to the story, where one is told. */
  tell(line: () => string): void {
    if (this.settings.tell) this.story.push(`${String(this.kernel.step).padStart(4)}  ${line()}`);
  }

  /** The fault that waits for this, if one does: it is injected now, unless it is left out. */
  fault(kind: FaultKind, at: string): ArmedFault | null {
    const fault = this.waiting();
    return fault?.kind === kind && fault.at === at ? this.inject(fault) : null;
  }

  /** The fault that waits for its point; null where it is calm. */
  waiting(): ArmedFault | null {
    return this.isCalm ? null : this.faults.armed(this.kernel.step);
  }

  /** Notes a fault as injected; null where it is one to be left out. */
  inject(fault: ArmedFault): ArmedFault | null {
    const { step } = this.kernel;
    this.faults.spent(step);
    if (fault.isSuppressed) return null;
    const { ordinal, kind, point } = fault;
    this.injections.push({ ordinal, step, kind, point });
    const name = `${kind}@${point}`;
    this.coverage[name] = (this.coverage[name] ?? 0) + 1;
    this.tell(() => `*** ${name} (injection ${ordinal})`);
    return fault;
  }

  /** Has something happen so many steps from now. */
  later(steps: number, run: () => void): void {
    this.#agenda.push({ at: this.kernel.step + steps, run });
  }

  /** Does what is due by now; all of it where it is calm. */
  doDue(): void {
    for (let at = 0; at < this.#agenda.length; ) {
      const entry = this.#agenda[at];
      if (entry === undefined || (!this.isCalm && entry.at > this.kernel.step)) at++;
      else {
        this.#agenda.splice(at, 1);
        entry.run();
      }
    }
  }

  #watcher(): ConstructorParameters<typeof SimLog>[2] & ConstructorParameters<typeof SimStore>[0] {
    const { oracle } = this;
    return {
      appended: (record) => {
        this.activity++;
        oracle.appended(record);
        this.tell(() => `  ${record.topic}/${record.partition}/${record.offset} <- ${recordText(record)}`);
      },
      committed: (group, position, before, isOwner) => {
        if (position.offset !== before) this.activity++;
        oracle.committed(group, position, before, isOwner);
        this.tell(
          () => `  ${group} has read ${position.topic}/${position.partition} up to ${position.offset}`,
        );
      },
      saved: (before, after, by) => {
        this.activity++;
        oracle.saved(before, after, by);
        this.tell(() => {
          const { workflowId, revision = 0, status = '' } = after ?? before ?? { workflowId: '' };
          return `  ${by.name} ${after === null ? 'removes' : 'saves'} ${JSON.stringify(workflowId)}, revision ${revision}, ${status}`;
        });
      },
    };
  }
}
