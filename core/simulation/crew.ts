import type { IncomingRecord, OutgoingRecord } from '../messages/record.ts';
import type { Consumer, Transport } from '../messages/transport.ts';
import { KeyedFoldProcessor } from '../processing/keyed-fold-processor.ts';
import { startLoop } from '../processing/loop.ts';
import type { LogLines, Processor, Workplace } from '../processing/processor.ts';
import { WorkflowProcessor } from '../processing/workflow-processor.ts';
import type { AnyKeyedFold } from '../view/keyed-fold.ts';
import { decideBatch, decideDueJobs } from '../workflow/batch.ts';
import { Definitions } from '../workflow/definitions.ts';
import { take } from '../workflow/intake.ts';
import { type CommitUnit, commitInOrder } from '../workflow/unit-of-work.ts';
import type { Process } from './kernel.ts';
import { GROUPS } from './oracle.ts';
import { answererProcessor, answerRecord, coordinatorProcessor } from './roles.ts';
import { runView } from './run-view.ts';
import type { Seat } from './seat.ts';
import type { Cursor } from './sim-log.ts';
import { ProcessStore } from './sim-store.ts';
import { type LogSurroundings, SimConsumer, SimTransport } from './sim-transport.ts';
import { misplaced } from './strangers.ts';
import { visitFolds } from './visits.ts';
import type { World } from './world.ts';

/** How long an answer waits for a workflow that is not known: past it, it goes to the dead letters. */
const EARLY_WAIT_MS = 600_000;

/** Starts the processes, and starts them anew. */
export class Crew {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** Everybody, for the first time. */
  start(): void {
    const { coordinators, engines, answerers } = this.#world.settings;
    for (let nth = 1; nth <= coordinators; nth++) this.#coordinator(`coordinator-${nth}`);
    for (let nth = 1; nth <= engines; nth++) this.engine(`engine-${nth}`, 0);
    for (let nth = 1; nth <= answerers; nth++) this.#answerer(`answerer-${nth}`);
    this.#view('view');
    const { hasFolds, scenario } = this.#world.settings;
    for (const fold of [...(hasFolds ? visitFolds : []), ...(scenario.folds ?? [])])
      for (const nth of [1, 2]) this.#fold(`${fold.name}-${nth}`, fold);
  }

  engine(name: string, deployment: number): void {
    const { settings } = this.#world;
    const { scenario, partitions, plant } = settings;
    const definitions = new Definitions(scenario.deployments[deployment] ?? []);
    const again = (next: number): void => this.engine(name, next);
    this.#start('engine', name, deployment, again, (process, workplace) => {
      return new WorkflowProcessor({
        backing: workplace,
        definitions,
        group: GROUPS.engines,
        partitions,
        maxOpenJobs: 3,
        storeId: null,
        acceptLostJobs: false,
        earlyWaitMs: scenario.earlyWaitMs ?? EARLY_WAIT_MS,
        now: () => process.now(),
        logger: this.#lines(process),
        decisions: { take, decideBatch, decideDueJobs, ...plant?.decisions },
      });
    });
  }

  #coordinator(name: string): void {
    const { partitions } = this.#world.settings;
    this.#start(
      'coordinator',
      name,
      -1,
      () => this.#coordinator(name),
      () => coordinatorProcessor(partitions),
    );
  }

  #answerer(name: string): void {
    const { scenario } = this.#world.settings;
    this.#start(
      'answerer',
      name,
      -1,
      () => this.#answerer(name),
      (process) =>
        answererProcessor(scenario, (answers, records) => this.#misbehave(process, answers, records)),
    );
  }

  #fold(name: string, fold: AnyKeyedFold): void {
    const { partitions, plant } = this.#world.settings;
    this.#start(
      'fold',
      name,
      -1,
      () => this.#fold(name, fold),
      (process, workplace) => {
        return new KeyedFoldProcessor({
          backing: workplace,
          fold: plant?.fold?.(fold) ?? fold,
          group: fold.name,
          partitions,
          storeId: null,
          acceptLostJobs: false,
          logger: this.#lines(process),
        });
      },
    );
  }

  #view(name: string): void {
    const world = this.#world;
    world.kernel.start('view', name, (process) => {
      const seat = this.#sit(process, -1, () => this.#view(name));
      void runView(seat.transport, world.view);
    });
  }

  /** Gives a process its seat. */
  #sit(process: Process, deployment: number, again: (deployment: number) => void): Seat {
    const world = this.#world;
    const transport = new SimTransport(this.#around(), process);
    const seat: Seat = {
      process,
      transport,
      inHand: [],
      loop: null,
      deployment,
      again,
      hasErred: false,
      accounted: 0,
      restingAt: -1,
      rests: 0,
    };
    world.seats.set(process, seat);
    world.tell(() => `${process.name} starts${deployment < 0 ? '' : ` with deployment ${deployment + 1}`}`);
    return seat;
  }

  /** Starts a process that runs the core's loop. */
  #start(
    role: string,
    name: string,
    deployment: number,
    again: (deployment: number) => void,
    make: (process: Process, workplace: Workplace) => Processor,
  ): void {
    const world = this.#world;
    const { kernel, settings } = world;
    const { plant } = settings;
    kernel.start(role, name, (process) => {
      const seat = this.#sit(process, deployment, again);
      const workplace = this.#workplace(seat);
      const real = make(process, workplace);
      const processor = plant?.processor?.(real, role) ?? real;
      seat.loop = startLoop(processor, {
        transport: workplace.transport,
        logger: this.#lines(process),
        now: () => process.now(),
        pause: (ms) => this.#pause(process, ms),
      });
    });
  }

  #workplace(seat: Seat): Workplace {
    const world = this.#world;
    const { backing, plant } = world.settings;
    const { process } = seat;
    const own = new ProcessStore(world.store, process, () => world.kernel.step);
    const jobStore = plant?.store?.(own) ?? own;
    own.onConflict = () => {
      seat.hasErred = true;
    };
    seat.transport.onCommitted = () => {
      own.isSettling = true;
    };
    const real = backing === 'atomic' ? this.#atOnce(process) : commitInOrder(jobStore);
    const commit = plant?.commit?.(real, jobStore, backing) ?? real;
    const transport = this.#planted(seat.transport);
    return { transport, jobStore, commit, atomic: backing === 'atomic' || plant?.tombstones === true };
  }

  #planted(transport: Transport): Transport {
    const { plant } = this.#world.settings;
    const { consumer: change } = plant ?? {};
    const planted = plant?.transport?.(transport) ?? transport;
    if (change === undefined) return planted;
    return {
      createTopics: (specs) => planted.createTopics(specs),
      publish: (records) => planted.publish(records),
      join: async (options) => change(await planted.join(options)),
      read: (options) => planted.read(options),
      endOffsets: (topic) => planted.endOffsets(topic),
      logId: () => planted.logId(),
      close: () => planted.close(),
    };
  }

  /** Jobs, records and offsets in one transaction, as the embedded backing has it. */
  #atOnce(process: Process): CommitUnit {
    const { store, kernel } = this.#world;
    return async (consumer: Consumer, { decided, offsets }) => {
      const changes = decided.flatMap(({ change }) => (change === null ? [] : [change]));
      const records = decided.flatMap((each) => each.records);
      if (changes.length === 0 && records.length === 0 && offsets.length === 0) return;
      if (!(consumer instanceof SimConsumer))
        throw new TypeError('the unit of work takes a simulated consumer');
      await consumer.commitAtOnce({ records, offsets }, () => {
        store.assertUp(kernel.step);
        store.saveAll(changes, process);
      });
    };
  }

  #around(): LogSurroundings {
    const world = this.#world;
    const { log, kernel, random, settings } = world;
    return {
      log,
      kernel,
      random,
      backing: settings.backing,
      outgoing: (records, by) => this.#outgoing(records, by),
      narrowed: (cursors) => this.#narrowed(cursors),
      delivered: (records, by) => this.#delivered(records, by),
      rewound: (by) => this.#rewound(by),
    };
  }

  #outgoing(records: readonly OutgoingRecord[], by: Process): readonly OutgoingRecord[] {
    const world = this.#world;
    const planted = world.settings.plant?.publish?.(records, world.kernel.step) ?? records;
    if (planted.length === 0) return planted;
    if (world.fault('duplicate', 'publish') !== null) return [...planted, ...planted];
    const what = by.role === 'coordinator' ? 'workflow' : by.role === 'answerer' ? 'answer' : null;
    const fault = what === null ? null : world.fault('misplaced', what);
    if (fault === null) return planted;
    const at = fault.random.below(planted.length);
    const { partitions } = world.settings;
    return planted.map((each, index) => (index === at ? misplaced(each, partitions, fault.random) : each));
  }

  /** Reordered across partitions: only one of them gives anything this time. */
  #narrowed(cursors: readonly Cursor[]): readonly Cursor[] {
    if (cursors.length < 2) return cursors;
    const fault = this.#world.fault('reorder', 'poll');
    return fault === null ? cursors : [fault.random.pick(cursors)];
  }

  #delivered(records: readonly IncomingRecord[], by: Process): void {
    const world = this.#world;
    const seat = world.seats.get(by);
    if (seat === undefined) return;
    if (records.length > 0) world.activity++;
    this.#checkLedger(seat);
    seat.inHand = records;
    seat.hasErred = false;
    if (records.length > 0)
      world.tell(
        () =>
          `  ${by.name} reads ${records.map((each) => `${each.topic}/${each.partition}/${each.offset}`).join(', ')}`,
      );
  }

  /** What it has left for later will be read again, by itself or by another. */
  #rewound(by: Process): void {
    const seat = this.#world.seats.get(by);
    if (seat !== undefined) seat.hasErred = true;
  }

  /** Where nothing failed since it read, every record that it read has ended somewhere (invariant 6). */
  #checkLedger(seat: Seat): void {
    if (seat.loop === null) return;
    let accounted = 0;
    for (const count of Object.values(seat.loop.ledger)) accounted += count;
    const newly = accounted - seat.accounted;
    const read = seat.inHand.length;
    if (newly > read || (!seat.hasErred && newly !== read))
      this.#world.oracle.accuse(
        6,
        `${seat.process.name} read ${read} records, and its ledger has ${newly} more`,
      );
    seat.accounted = accounted;
  }

  async #misbehave(
    process: Process,
    answers: OutgoingRecord[],
    records: readonly IncomingRecord[],
  ): Promise<void> {
    const world = this.#world;
    const waiting = world.waiting();
    const [record] = records;
    const [answer] = answers;
    if (waiting?.kind !== 'answer' || record === undefined || answer === undefined) return;
    const fault = world.inject(waiting);
    if (fault === null) return;
    const { scenario } = world.settings;
    switch (fault.at) {
      case 'lost':
        process.isDoomed = true;
        return;
      case 'late':
        await this.#pause(process, 1 + fault.random.below(100_000)).over;
        return;
      case 'repeat':
        answers.push(answer);
        return;
      case 'contradict':
      case 'contradict-first': {
        const { questionCategory, payload } = JSON.parse(String(record.value)) as {
          questionCategory: string;
          payload: never;
        };
        const contradiction = scenario.contradiction(questionCategory, payload);
        if (contradiction === null) return;
        const other = answerRecord(record, contradiction);
        if (fault.at === 'contradict') answers.push(other);
        else answers.unshift(other);
        return;
      }
      default:
        answers.push({ ...answer, value: `{"qaIdentifier":"stay/nobody/0","answer":"lost in the post"}` });
    }
  }

  #pause(process: Process, ms: number): { over: Promise<void>; end: () => void } {
    const { kernel, random } = this.#world;
    const over = process.call('pause', () => {
      kernel.nowMs += random.below(Math.ceil(ms) + 1);
    });
    const mine = process.pending;
    return {
      over,
      end: () => {
        if (mine !== null && process.pending === mine) kernel.answer(mine, undefined);
      },
    };
  }

  /** What a process says. An error is a defect: whatever is injected here is no surprise to a loop. */
  #lines(process: Process): LogLines {
    const world = this.#world;
    const say = (fields: object, message: string): void =>
      world.tell(() => `  ${process.name}: ${message} ${wordsOf(fields)}`);
    return {
      debug: () => {},
      info: say,
      warn: say,
      error: (fields, message) => {
        say(fields, message);
        world.oracle.accuse(8, `${process.name}: ${message} ${wordsOf(fields)}`);
      },
    };
  }
}

function wordsOf(fields: object): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${value instanceof Error ? value.message : JSON.stringify(value)}`)
    .join(' ');
}
