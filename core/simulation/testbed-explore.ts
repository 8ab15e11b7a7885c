import type { Json } from '../messages/json.ts';
import { throughJson } from '../messages/json.ts';
import type { AnyWorkflow } from '../workflow/definition.ts';
import { AnswerError } from '../workflow/definition.ts';
import type { Reply, Scenario, SimulationOptions, SimulationResult } from './options.ts';
import { shrink } from './shrink.ts';
import { simulate } from './simulate.ts';
import { tellStory } from './story.ts';
import { LaterAnswer, type TestAnswers } from './testbed-answers.ts';
import { TestbedError } from './testbed-error.ts';

export interface ExploreOptions extends Omit<SimulationOptions, 'seed' | 'scenario' | 'plant' | 'tell'> {
  /** The first seed; the others follow it. Default 1: the same each time. */
  readonly seed?: number;
  /** How many schedules, each of its own seed. Default 100. */
  readonly schedules?: number;
  /** Definitions that are deployed one after the other while jobs wait. Default: those of the bed, and no others. */
  readonly deployments?: readonly (readonly AnyWorkflow[])[];
  /** How a job must end; see `Scenario`. Default: no matter how, as long as it ends once and stays so. */
  readonly expected?: NonNullable<Scenario['expected']>;
}

/** What was explored, where nothing was broken. */
export interface Explored {
  readonly schedules: number;
  readonly steps: number;
  /** How often each fault was injected, by `kind@point`. */
  readonly coverage: Readonly<Record<string, number>>;
}

/** What a bed was given. */
export interface Explorable {
  readonly workflows: readonly AnyWorkflow[];
  readonly answers: TestAnswers;
  readonly starts: readonly { readonly type: string; readonly id: string; readonly payload: unknown }[];
  readonly events: readonly { readonly topic: string; readonly key: string; readonly value: unknown }[];
}

const DEFAULT_SCHEDULES = 100;
const STORY_LINES = 100;
const NAMED_SAMPLES = 5;
/** Clocks jump by days: an event that then was given up for coming too early would be the faults' doing, not the workflow's. */
const EARLY_WAIT_MS = 100 * 365 * 86_400_000;

/** Runs what a bed was given under faults, seed by seed. Throws `TestbedError` ('violated') with the story of a small run. */
export async function explore(given: Explorable, options: ExploreOptions): Promise<Explored> {
  const { seed: first = 1, schedules = DEFAULT_SCHEDULES, deployments, expected, ...rest } = options;
  if (given.starts.length === 0)
    throw new TestbedError(
      'not-explorable',
      'there is nothing to explore: start() some workflows first, and explore() takes them as samples',
    );
  const play = new Play(given, deployments ?? [given.workflows], expected);
  const coverage: Record<string, number> = {};
  let steps = 0;
  for (let seed = first; seed < first + schedules; seed++) {
    const run: SimulationOptions = { ...rest, seed, scenario: play.scenario };
    const result = await play.run(run);
    if (result.violation !== null) throw await violated(play, run, result);
    steps += result.steps;
    for (const [point, times] of Object.entries(result.coverage))
      coverage[point] = (coverage[point] ?? 0) + times;
  }
  return { schedules, steps, coverage };
}

/** A bed as a scenario. */
class Play {
  readonly scenario: Scenario;
  readonly samples: Explorable['starts'];
  readonly #answers: TestAnswers;
  /** What makes the bed impossible to explore, once it is known. */
  #problem: TestbedError | null = null;

  constructor(
    { answers, starts, events }: Explorable,
    deployments: readonly (readonly AnyWorkflow[])[],
    expected: Scenario['expected'],
  ) {
    this.#answers = answers;
    this.samples = starts;
    const sample = (nth: number): Explorable['starts'][number] => starts[nth % starts.length] ?? NOTHING;
    this.scenario = {
      name: 'testbed',
      deployments,
      earlyWaitMs: EARLY_WAIT_MS,
      workflow: (nth) => {
        const { type, payload } = sample(nth);
        return { type, payload: throughJson(payload) };
      },
      events: (nth) =>
        events
          .filter(({ key }) => key === sample(nth).id)
          .map(({ topic, value }) => ({ topic, value: throughJson(value) })),
      reply: (category, payload) => this.#reply(category, payload),
      contradiction: () => ({
        error: { code: 'contradiction', message: 'another answer than the first one' },
      }),
      ...(expected === undefined ? {} : { expected }),
    };
  }

  async run(options: SimulationOptions): Promise<SimulationResult> {
    const result = await simulate(options);
    if (this.#problem !== null) throw this.#problem;
    return result;
  }

  #reply(category: string, payload: Json): Reply {
    const handler = this.#answers[category];
    if (handler === undefined)
      return this.#impossible(`nobody answers "${category}": add it to the answers of the bed`);
    try {
      const answer = handler(payload, { qaIdentifier: '', category, key: null });
      if (answer instanceof Promise)
        return this.#impossible(`the answer for "${category}" is a promise: explore() needs one at once`);
      return replyOf(answer instanceof LaterAnswer ? answer.answer : answer);
    } catch (error) {
      if (error instanceof AnswerError) return replyOf(error);
      const said = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      return this.#impossible(`the answer for "${category}" threw ${said}`, error);
    }
  }

  /** Told once the run has ended; until then an error answers. */
  #impossible(message: string, cause?: unknown): Reply {
    this.#problem ??= new TestbedError('not-explorable', message, { cause });
    return { error: { code: 'not-explorable', message } };
  }
}

const NOTHING = { type: '', id: '', payload: null };

function replyOf(answer: unknown): Reply {
  return answer instanceof AnswerError
    ? { error: { code: answer.code, message: answer.message } }
    : { answer: throughJson(answer ?? null) };
}

async function violated(play: Play, run: SimulationOptions, failed: SimulationResult): Promise<TestbedError> {
  const { options: smallest } = await shrink(run, failed, (options) => play.run(options));
  const story = tellStory(await play.run({ ...smallest, tell: true }));
  const jobs = play.samples.map(({ id, type }, nth) => `testbed-${nth} is as ${id} (${type})`);
  const shownStory = story.length > STORY_LINES ? ['…', ...story.slice(-STORY_LINES)] : story;
  return new TestbedError(
    'violated',
    [
      `seed ${run.seed} breaks it; this replays it: explore(${literal(smallest)})`,
      `The samples are taken in turn: ${jobs.slice(0, NAMED_SAMPLES).join(', ')}${jobs.length > NAMED_SAMPLES ? ', …' : ''}.`,
      '',
      ...shownStory,
    ].join('\n'),
  );
}

/** The options as one writes them. */
function literal({ scenario: _scenario, plant: _plant, tell: _tell, ...options }: SimulationOptions): string {
  const parts = Object.entries({ schedules: 1, ...options }).map(([name, value]) =>
    value instanceof Set
      ? `${name}: new Set(${JSON.stringify([...value])})`
      : `${name}: ${JSON.stringify(value)}`,
  );
  return `{ ${parts.join(', ')} }`;
}
