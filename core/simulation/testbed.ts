import type { Static, TSchema } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { instantOf } from '../choreography/instant.ts';
import { qaIdentifierOf } from '../messages/correlation.ts';
import { misfit } from '../messages/decode.ts';
import type { Json } from '../messages/json.ts';
import type { Payload } from '../messages/record.ts';
import { Identifier } from '../messages/schemas.ts';
import { topics } from '../messages/topics.ts';
import { isWellFormed } from '../messages/utf8.ts';
import type { AnyKeyedFold } from '../view/keyed-fold.ts';
import { stateId } from '../view/keyed-state.ts';
import type { AnyWorkflow, Workflow } from '../workflow/definition.ts';
import { Definitions } from '../workflow/definitions.ts';
import { durationMs } from '../workflow/duration.ts';
import type { Job } from '../workflow/job.ts';
import { isoTime } from '../workflow/time.ts';
import { shown } from './story-words.ts';
import { Answerers, type TestAnswer } from './testbed-answers.ts';
import type { CrashPoint } from './testbed-engine.ts';
import { TestbedError } from './testbed-error.ts';
import { type Explorable, type Explored, type ExploreOptions, explore } from './testbed-explore.ts';
import { LiveJob, type TestJob, waitsOf } from './testbed-job.ts';
import { Stage } from './testbed-stage.ts';
import type { OpenQuestion, QuestionChoice, TestbedOptions, TestLetter, TestTime } from './testbed-types.ts';
import { World } from './testbed-world.ts';

const DEFAULT_START = '2026-01-01T00:00:00Z';
const MAX_PARTITIONS = 1_000;
/** More than the steps of many workflows can need. */
const MAX_ROUNDS = 100_000;

/**
 * Workflows and folds of yours over a log and a store in memory, with virtual time: nothing sleeps, nothing is random,
 * and what runs is the engine's own code. Throws RangeError for options that can't be used.
 */
export function testbed(options: TestbedOptions): Testbed {
  return new Testbed(options);
}

/** What `testbed` makes. Calls take effect in the order in which they are made, awaited or not. */
export class Testbed {
  readonly time: TestTime;
  readonly #world: World;
  readonly #answerers: Answerers;
  readonly #stage: Stage;
  readonly #folds: readonly AnyKeyedFold[];
  readonly #types: Map<string, string> = new Map();
  readonly #starts: Explorable['starts'][number][] = [];
  readonly #events: Explorable['events'][number][] = [];
  #definitions: Definitions;
  #workflows: readonly AnyWorkflow[];
  #last: Promise<void> = Promise.resolve();

  constructor(options: TestbedOptions) {
    const { workflows = [], answers = {}, folds = [], startAt = DEFAULT_START, partitions = 4 } = options;
    if (!Number.isInteger(partitions) || partitions < 1 || partitions > MAX_PARTITIONS)
      throw new RangeError(`partitions is an integer from 1 to ${MAX_PARTITIONS}, not ${partitions}`);
    this.#workflows = workflows;
    this.#definitions = new Definitions(workflows);
    this.#folds = folds;
    this.#world = new World(partitions, instantMs(startAt));
    this.#answerers = new Answerers(this.#world, answers);
    this.#stage = new Stage({
      world: this.#world,
      answerers: this.#answerers,
      folds,
      earlyWaitMs: durationMs(options.earlyWait ?? '10m'),
      rounds: options.rounds ?? MAX_ROUNDS,
      definitions: () => this.#definitions,
    });
    this.time = this.#clock();
  }

  /**
   * Puts a workflow on the queue, where it lies until `settle`. The same id and input again is a repeat; the same id with
   * other input is a conflict, and goes to the dead letters. Throws `TestbedError` for a type that the bed does not have,
   * and for an id or input that no engine would take.
   */
  async start<I extends TSchema, R>(
    workflow: Workflow<I, R>,
    id: string,
    input: Static<I>,
  ): Promise<TestJob<R>>;
  async start(type: string, id: string, input: unknown): Promise<TestJob>;
  async start(workflow: string | AnyWorkflow, id: string, input: unknown): Promise<TestJob> {
    const type = typeof workflow === 'string' ? workflow : workflow.type;
    this.#checkStart(type, id, input);
    this.#starts.push({ type, id, payload: input });
    await this.#inTurn(async () => {
      this.#types.set(id, this.#types.get(id) ?? type);
      this.#world.tell(`${id} is queued: ${type} ${shown(input)}`);
      const createTime = isoTime(this.#world.nowMs);
      const message = { 'workflow-type': type, 'workflow-id': id, 'create-time': createTime, payload: input };
      await this.#world.publish([this.#world.record(topics.workflowQueue, id, message)]);
    });
    return this.job(id);
  }

  /** Lets everything happen that can happen without time passing. */
  async settle(): Promise<void> {
    await this.#inTurn(() => this.#stage.settle());
  }

  /** A job that was started here. Throws `TestbedError` ('unknown-job') for another. */
  job(id: string): TestJob {
    const type = this.#types.get(id);
    if (type !== undefined) return new LiveJob(this.#world, id, type);
    const known = [...this.#types.keys()].slice(0, 10).join(', ');
    throw new TestbedError(
      'unknown-job',
      `no job ${id} was started here${known === '' ? '' : `, but ${known}`}: start() it first`,
    );
  }

  /** What a job ended with. Throws `TestbedError` where it did not. */
  result(id: string): unknown {
    return this.job(id).result;
  }

  /** The questions that wait for an answer, of all jobs. */
  questions(): readonly OpenQuestion[] {
    return this.#jobs().flatMap((job) =>
      waitsOf(job).flatMap(({ kind, name, ...rest }) => {
        const { workflowId, workflowType } = job;
        return kind === 'ask' ? [{ workflowId, workflowType, category: name, ...rest }] : [];
      }),
    );
  }

  /**
   * Answers a question that a job waits for, once all that came before has settled; an `AnswerError` is an error as
   * answer. Where the job waits for several, say which. Settle afterwards. Throws `TestbedError` where there is no such
   * question, or more than one.
   */
  async answer(id: string, answer: unknown, choice: QuestionChoice = {}): Promise<void> {
    await this.#inTurn(async () => {
      await this.#stage.settle();
      const { workflowType, category, payload, step } = this.#question(id, choice);
      const qaIdentifier = qaIdentifierOf({ workflowType, workflowId: id, step });
      await this.#answerers.publish({ qaIdentifier, questionCategory: category, payload }, answer);
    });
  }

  /** From now on these categories are answered so; null: no longer. What waits is answered at the next `settle`. */
  async serve(answers: Readonly<Record<string, TestAnswer | null>>): Promise<void> {
    await this.#inTurn(async () => this.#answerers.serve(answers));
  }

  /**
   * Sends a record with this key: an event for the workflow of this id, or what a fold reads. Throws `TestbedError`
   * ('unknown-topic') where nothing here reads the topic.
   */
  async event(topic: string, key: string, value: unknown): Promise<void> {
    const read = [
      ...this.#definitions.expectedTopics,
      ...this.#folds.flatMap(({ inputs }) => inputs.map((input) => input.topic)),
    ];
    if (!read.includes(topic))
      throw new TestbedError(
        'unknown-topic',
        `nothing here reads "${topic}": ${read.length === 0 ? 'list it in a workflow\'s "expects"' : `it is one of ${read.join(', ')}`}`,
      );
    this.#events.push({ topic, key, value });
    await this.#inTurn(async () => {
      this.#world.tell(`${key} is sent ${topic} ${shown(value)}`);
      await this.#world.publish([this.#world.record(topic, key, value)]);
    });
  }

  /**
   * Runs the workflows that were started here, and the events that were sent, under faults: engines that die and come
   * back, records that come twice or late, clocks that jump. Each seed is one run, apart from this bed. Throws
   * `TestbedError` ('violated') with the story of a small run that broke an invariant or did not end.
   */
  async explore(options: ExploreOptions = {}): Promise<Explored> {
    await this.#last;
    const { handlers } = this.#answerers;
    const given = {
      workflows: this.#workflows,
      answers: handlers,
      starts: this.#starts,
      events: this.#events,
    };
    return explore(given, options);
  }

  /** Has a parked job tried again. */
  async retry(id: string): Promise<void> {
    await this.#command(id, 'retry');
  }

  /** Has a job ended where it stands. */
  async cancel(id: string): Promise<void> {
    await this.#command(id, 'cancel');
  }

  /**
   * The engines die, with all that they had in memory, and start anew: now, or where the next unit of work comes to this
   * point.
   */
  async crash(at?: CrashPoint): Promise<void> {
    await this.#inTurn(() => this.#stage.crash(at ?? null));
  }

  /** The engines stop and start anew with these definitions, while jobs wait. */
  async deploy(workflows: readonly AnyWorkflow[]): Promise<void> {
    await this.#inTurn(async () => {
      this.#definitions = new Definitions(workflows);
      this.#workflows = workflows;
      this.#world.tell(`deployed: ${workflows.map(({ type, version }) => `${type} ${version}`).join(', ')}`);
      await this.#stage.crash(null);
    });
  }

  /** The records that were refused, in order. */
  deadLetters(): readonly TestLetter[] {
    return this.#world.published
      .filter(({ topic }) => topic === topics.deadLetters)
      .map(({ key, value, headers = {} }) => ({
        reason: headers['requite-reason'] ?? '',
        detail: headers['requite-detail'] ?? '',
        topic: headers['requite-origin-topic'] ?? '',
        key: textOf(key),
        value: textOf(value),
      }));
  }

  /** The values that were published to a topic, in order: what folds emit, or the questions that were asked. */
  published(topic: string): readonly { readonly key: string; readonly value: unknown }[] {
    return this.#world.valuesOn<unknown>(topic);
  }

  /** The state that a fold keeps under a key; undefined where there is none. */
  state(fold: string, key: string): Json | undefined {
    return this.#world.store.jobs.get(stateId(fold, key))?.input;
  }

  /** What happened, a line each, with virtual times. */
  story(): readonly string[] {
    return [...this.#world.story];
  }

  #clock(): TestTime {
    const world = this.#world;
    const advanceTo = (untilMs: number): Promise<void> =>
      this.#inTurn(async () => {
        if (untilMs < world.nowMs)
          throw new TestbedError(
            'time-backwards',
            `it is ${isoTime(world.nowMs)} here, and time does not go back to ${isoTime(untilMs)}: clocks that jump are for explore()`,
          );
        await this.#stage.advanceTo(untilMs);
      });
    return {
      get now() {
        return isoTime(world.nowMs);
      },
      get nowMs() {
        return world.nowMs;
      },
      advance: async (duration) => {
        const ms = durationMs(duration);
        await this.#inTurn(() => this.#stage.advanceTo(world.nowMs + ms));
      },
      advanceTo: async (time) => advanceTo(instantMs(time)),
    };
  }

  #checkStart(type: string, id: string, input: unknown): void {
    const definition = this.#definitions.latest(type);
    if (definition === undefined) {
      const known = [...new Set(this.#workflows.map((each) => each.type))].join(', ');
      throw new TestbedError(
        'unknown-workflow',
        `there is no workflow "${type}" here: ${known === '' ? 'give it to testbed({ workflows })' : `it is one of ${known}`}`,
      );
    }
    if (!Value.Check(Identifier, id) || !isWellFormed(id))
      throw new TestbedError(
        'invalid-id',
        'a workflow-id has 1 to 256 characters, none of them a control character',
      );
    if (!Value.Check(definition.input, input))
      throw new TestbedError(
        'invalid-input',
        `the input does not fit workflow ${type}: ${misfit(definition.input, input)}`,
      );
  }

  #question(id: string, { category, step }: QuestionChoice): OpenQuestion {
    const { status } = this.job(id);
    const open = this.questions().filter((each) => each.workflowId === id);
    const fitting = open.filter(
      (each) => each.category === (category ?? each.category) && each.step === (step ?? each.step),
    );
    const [first, second] = fitting;
    const asked = open.map((each) => `"${each.category}" (step ${each.step})`).join(', ');
    if (first === undefined)
      throw new TestbedError(
        'no-question',
        open.length === 0
          ? `${id} waits for no answer: it is ${status}`
          : `${id} does not wait for that, but for ${asked}`,
      );
    if (second !== undefined)
      throw new TestbedError(
        'which-question',
        `${id} waits for several answers: ${asked}. Say which: answer(id, value, { category, step })`,
      );
    return first;
  }

  async #command(id: string, command: 'retry' | 'cancel'): Promise<void> {
    const { type } = this.job(id);
    await this.#inTurn(async () => {
      this.#world.tell(`${id} is told to ${command}`);
      const message = { 'workflow-type': type, 'workflow-id': id, command };
      await this.#world.publish([this.#world.record(topics.workflowCommands, id, message)]);
    });
  }

  #jobs(): readonly Job[] {
    return [...this.#world.store.jobs.values()].filter(
      ({ workflowId, status }) =>
        this.#types.has(workflowId) && (status === 'waiting' || status === 'parked'),
    );
  }

  /** One thing at a time: what a test forgets to await still takes effect in order. */
  #inTurn(run: () => Promise<void>): Promise<void> {
    const mine = this.#last.then(run);
    // whoever made the call is told of its failure; those that come after go on all the same
    this.#last = mine.catch(() => undefined);
    return mine;
  }
}

function instantMs(time: string): number {
  const ms = instantOf(time);
  if (ms !== null) return ms;
  throw new TestbedError(
    'invalid-time',
    `"${time}" is no time: give ISO 8601 with a zone, such as 2026-01-31T09:00:00Z`,
  );
}

const textOf = (payload: Payload | undefined): string => (typeof payload === 'string' ? payload : '');
