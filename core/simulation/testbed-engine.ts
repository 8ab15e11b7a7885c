import { consumerWith } from '../messages/consumer-with.ts';
import type { Consumer, TransportUnit } from '../messages/transport.ts';
import { TransportError } from '../messages/transport.ts';
import type { Processor, Workplace } from '../processing/processor.ts';
import { type CommitUnit, commitInOrder } from '../workflow/unit-of-work.ts';
import { TestbedError } from './testbed-error.ts';
import type { World } from './testbed-world.ts';

/**
 * Where an engine may die within one unit of work: with nothing done; with the jobs saved; with the records published
 * too, and the offsets not committed; with all committed, and only what time brought not yet settled.
 */
export type CrashPoint = 'before-save' | 'after-save' | 'after-publish' | 'after-commit';

/** The engine died. */
class Crash extends Error {
  override readonly name = 'Crash';
}

/** One processor with its membership of the group. It can die at any point, and starts anew. */
export class Engine {
  readonly #world: World;
  readonly #name: string;
  readonly #make: (workplace: Workplace) => Processor;
  #processor: Processor;
  #consumer: Consumer | null = null;
  #deathAt: CrashPoint | null = null;
  /** A unit failed: its records are to be read again before any other. */
  #isAstray = false;

  /** `make` makes a processor with nothing in its memory. */
  constructor(world: World, name: string, make: (workplace: Workplace) => Processor) {
    this.#world = world;
    this.#name = name;
    this.#make = make;
    this.#processor = make(this.#workplace());
  }

  /** Dies now, or where the next unit of work comes to this point. */
  async crash(at: CrashPoint | null): Promise<void> {
    if (at === null) await this.#restart('dies');
    else this.#deathAt = at;
  }

  /** One turn: what is due, then what is there to read. */
  async turn(): Promise<void> {
    try {
      await this.#round();
    } catch (error) {
      if (error instanceof Crash) await this.#restart(`dies ${error.message}`);
      else if (error instanceof TransportError && error.code === 'fenced') this.#isAstray = true;
      else throw this.#defect(error);
    }
  }

  async #round(): Promise<void> {
    this.#consumer ??= await this.#join();
    const consumer = this.#consumer;
    if (this.#isAstray) await consumer.rewind();
    else await this.#processor.tick?.(consumer);
    this.#isAstray = false;
    const records = await consumer.poll({ maxRecords: 1_000, waitMs: 0 });
    if (records.length === 0) return;
    this.#world.activity += 1;
    await this.#processor.handle(records, consumer);
  }

  async #join(): Promise<Consumer> {
    const { group, topics } = this.#processor;
    await this.#world.prepare(topics);
    return this.#world.log.join({
      group,
      topics,
      onGained: (partitions, marks = []) => this.#processor.onGained?.(partitions, marks),
      onLost: (partitions) => this.#processor.onLost?.(partitions),
    });
  }

  async #restart(how: string): Promise<void> {
    this.#world.tell(`${this.#name} ${how}, and starts anew`);
    this.#world.activity += 1;
    if (this.#consumer !== null) await this.#world.log.expire(this.#consumer);
    this.#consumer = null;
    this.#deathAt = null;
    this.#isAstray = false;
    this.#processor = this.#make(this.#workplace());
  }

  #workplace(): Workplace {
    const { log, store } = this.#world;
    const inOrder = commitInOrder(store);
    const commit: CommitUnit = async (consumer, unit) => {
      const saves = unit.decided.some(({ change }) => change !== null);
      this.#dieAt('before-save', 'before it saves');
      await inOrder(this.#watched(consumer, saves), unit);
    };
    return { transport: log, jobStore: store, commit, atomic: false };
  }

  /** The consumer as one unit of work sees it: `commit` comes after the jobs are saved. */
  #watched(consumer: Consumer, saves: boolean): Consumer {
    return consumerWith(consumer, {
      commit: async (unit: TransportUnit) => {
        if (saves) this.#dieAt('after-save', 'after it saves, before it publishes');
        await this.#world.prepare(unit.records.map(({ topic }) => topic));
        if (this.#deathAt === 'after-publish') await this.#world.publish(unit.records);
        this.#dieAt('after-publish', 'after it publishes, before it commits');
        await consumer.commit(unit);
        this.#world.saw(unit.records);
        this.#dieAt('after-commit', 'after it commits');
      },
    });
  }

  #dieAt(point: CrashPoint, words: string): void {
    if (this.#deathAt === point) throw new Crash(words);
  }

  #defect(cause: unknown): TestbedError {
    const said = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    return new TestbedError('processor-threw', `${this.#name} could not go on: ${said}`, { cause });
  }
}
