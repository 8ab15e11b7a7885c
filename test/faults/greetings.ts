/** Workflows over stores that fail, in this process: each asks one question, which is answered at once. */
import { Type } from '@sinclair/typebox';
import { Registry } from 'prom-client';
import {
  commitInOrder,
  type IncomingRecord,
  type JobReport,
  type JobStore,
  partitionFor,
  type Transport,
  topics,
  workflow,
} from '../../core/mod.ts';
import { type Backing, type Host, serveAnswers, serveWorkflows } from '../../services/platform/bun.ts';
import { createLogger } from '../../services/platform/log.ts';
import { standingsOf } from '../../services/platform/store/health.ts';
import { observeStores } from '../../services/platform/store/metrics.ts';
import { readTopic } from '../support/read-topic.ts';
import { until } from '../support/until.ts';

const PARTITIONS = 4;
const silent = createLogger({ logLevel: 'silent', logFormat: 'json' });

const greeting = workflow({
  type: 'greeting',
  version: 1,
  input: Type.Object({}),
  *run({ ask }) {
    return yield* ask('language', {}, Type.String());
  },
});

/** A log and a job store that are separate things, as beside a broker. */
export function beside(transport: Transport, jobStore: JobStore): Backing {
  const description = 'of a test';
  const close = async (): Promise<void> => {};
  const commit = commitInOrder(jobStore);
  const backing = {
    kind: 'embedded',
    description,
    atomic: false,
    transport,
    jobStore,
    commit,
    forGroup: (): unknown => backing,
    close,
  };
  return backing as Backing;
}

export class Greetings {
  readonly #backing: Backing;
  readonly #engine: Host;
  readonly #answerer: Host;
  readonly #registry: Registry;
  readonly #ids: string[] = [];

  private constructor(backing: Backing, engine: Host, answerer: Host, registry: Registry) {
    this.#backing = backing;
    this.#engine = engine;
    this.#answerer = answerer;
    this.#registry = registry;
  }

  /** An engine on the backing, and an answerer on its log. */
  static async serve(backing: Backing): Promise<Greetings> {
    const shared = { backing, logger: silent, partitions: PARTITIONS };
    const registry = new Registry();
    observeStores(registry, () => standingsOf(backing.jobStore));
    const engine = await serveWorkflows([greeting], { ...shared, metrics: registry });
    const answerer = await serveAnswers({ language: async () => 'Telugu' }, shared);
    return new Greetings(backing, engine, answerer, registry);
  }

  /** Puts so many workflows more on the queue: once it returns they are acknowledged. */
  async ask(count: number): Promise<void> {
    const ids = Array.from({ length: count }, (_, at) => `g-${this.#ids.length + at}`);
    await this.#backing.transport.publish(
      ids.map((id) => ({
        topic: topics.workflowQueue,
        partition: partitionFor(id, PARTITIONS),
        key: id,
        value: JSON.stringify({
          'workflow-type': 'greeting',
          'workflow-id': id,
          'create-time': '2026-11-21T00:00:00Z',
          payload: {},
        }),
      })),
    );
    this.#ids.push(...ids);
  }

  readiness(): string {
    return this.#engine.readiness();
  }

  metrics(): Promise<string> {
    return this.#registry.metrics();
  }

  /** The ids of all that were acknowledged. */
  asked(): readonly string[] {
    return this.#ids;
  }

  /** Waits until every workflow that was acknowledged has completed, and looks that none is in the dead letters. */
  async allCompleted(asked: readonly string[] = this.#ids): Promise<void> {
    const { transport } = this.#backing;
    const haveCompleted = async (): Promise<boolean> => {
      const ids = new Set((await readTopic(transport, topics.workflowEvents)).flatMap(completedIn));
      return asked.every((id) => ids.has(id));
    };
    await until('all that was acknowledged to complete', haveCompleted).catch((error: unknown) => {
      throw new Error(`the engine: ${this.readiness()}`, { cause: error });
    });
    const [letter] = await readTopic(transport, topics.deadLetters);
    if (letter !== undefined) throw new Error(`in the dead letters: ${JSON.stringify(letter)}`);
  }

  async stop(): Promise<void> {
    await this.#engine.stop();
    await this.#answerer.stop();
  }
}

function completedIn({ value }: IncomingRecord): string[] {
  const report = JSON.parse(String(value)) as JobReport;
  return report.events.some(({ event }) => event === 'completed') ? [report['workflow-id']] : [];
}
