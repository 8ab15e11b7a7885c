/** The Transport contract in a process of its own: each of its cases as a test of Bun's runner. */
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { rmSync } from 'node:fs';
import { describeWithBroker, sharedBroker } from '../broker/index.ts';
import { bundle, workFolder } from './bundle.ts';
import { linesOf } from './lines.ts';
import { mark, type Outcome } from './outcome.ts';
import type { Case } from './runner.ts';

const LIMIT_MS = 100_000;

export interface ContractRun {
  /** What runs the program. */
  readonly runtime: string;
  /** A folder from which the client's package is found. */
  readonly within?: string;
  /** Cases that this client can't meet, each with the reason. They are run too: what is met one day shall not stay here. */
  readonly unmet: Readonly<Record<string, string>>;
}

/** Registers every case of the contract. */
export async function contractOver(client: string, { runtime, within, unmet }: ContractRun): Promise<void> {
  const folder = workFolder(within);
  const program = await bundle(`${import.meta.dirname}/program.ts`, folder);
  const { cases } = (await import(program)) as { cases: readonly Case[] };
  const names = cases.map(({ name }) => name.replace('librdkafka as a Transport > ', ''));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test(`${client}: what it can't meet are cases of the contract`, () => {
    expect(Object.keys(unmet).filter((name) => !names.includes(name))).toEqual([]);
  });

  describeWithBroker(`${client} as a Transport`, () => {
    let outcomes: Outcomes;
    beforeAll(async () => {
      outcomes = new Outcomes(runtime, program, (await sharedBroker()).brokers);
    });
    afterAll(() => outcomes.end());
    for (const name of names) {
      const reason = unmet[name];
      const title = reason === undefined ? name : `${name} (can't be met: ${reason})`;
      test(
        title,
        async () => {
          const failure = await outcomes.of(name);
          if (reason === undefined) expect(failure).toBeNull();
          else expect(failure).not.toBeNull();
        },
        LIMIT_MS,
      );
    }
  });
}

/** The program's outcomes as they come. */
class Outcomes {
  readonly #child: Bun.Subprocess<'ignore', 'pipe', 'pipe'>;
  readonly #failures: Map<string, string | null> = new Map();
  readonly #ended: Promise<string>;
  #wake: () => void = () => {};

  constructor(runtime: string, program: string, brokers: string) {
    this.#child = Bun.spawn([runtime, program], {
      env: { ...process.env, REQUITE_CONTRACT_BROKERS: brokers },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const errors = this.#child.stderr.text();
    this.#ended = this.#read().then(
      async () => `the program ended (${await this.#child.exited}): ${await errors}`,
    );
  }

  /** What the case threw, or null; throws where the program ended without coming to it. */
  async of(name: string): Promise<string | null> {
    for (;;) {
      const failure = this.#failures.get(name);
      if (failure !== undefined) return failure;
      const news = new Promise<null>((resolve) => {
        this.#wake = () => resolve(null);
      });
      const ended = await Promise.race([news, this.#ended]);
      if (ended !== null && !this.#failures.has(name)) throw new Error(ended);
    }
  }

  async end(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#child.exited;
  }

  async #read(): Promise<void> {
    for await (const line of linesOf(this.#child.stdout)) {
      if (!line.startsWith(mark)) continue;
      const { name, failure } = JSON.parse(line.slice(mark.length)) as Outcome;
      this.#failures.set(name.replace('librdkafka as a Transport > ', ''), failure);
      this.#wake();
    }
  }
}
