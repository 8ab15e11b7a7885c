import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { topicSpecs } from '../../core/mod.ts';
import { type Backing, openBacking } from '../../services/platform/backing.ts';
import { readSettings } from '../../services/platform/config.ts';
import type { KafkaSettings } from '../../services/platform/transport/kafka/settings.ts';
import { until } from '../../test/support/until.ts';
import type { Ground } from '../deploy/deployment.ts';
import { Running, shareAll } from '../deploy/running.ts';
import { createTopics } from '../deploy/topics.ts';
import { BenchFailure } from '../measure/failure.ts';
import { type Owners, ownersInFile, ownersOnKafka } from './owners.ts';
import type { TakeoverSetup } from './setups.ts';

const GROUP = 'engine';
const READY_MS = 120_000;

/** Two engines that share the partitions, and nothing beside them: no coordinator, no CRM. */
export class Engines {
  /** The one that is to be killed. */
  readonly doomed: Running;
  readonly survivor: Running;
  /** The partitions of the one that is to be killed. */
  readonly doomedPartitions: ReadonlySet<number>;
  /** The log, as the bench itself uses it. */
  readonly backing: Backing;
  readonly owners: Owners;
  /** The cluster; null on the embedded log. */
  readonly kafka: KafkaSettings | null;

  private constructor(
    [doomed, survivor]: readonly [Running, Running],
    parts: Pick<Engines, 'backing' | 'owners' | 'kafka'>,
  ) {
    this.doomed = doomed;
    this.survivor = survivor;
    this.doomedPartitions = new Set(doomed.partitionsOf(GROUP));
    this.backing = parts.backing;
    this.owners = parts.owners;
    this.kafka = parts.kafka;
  }

  /** Throws `BenchFailure` where one dies or does not get its share. */
  static async start(
    setup: TakeoverSetup,
    ground: Ground,
    { jobs, partitions }: { readonly jobs: number; readonly partitions: number },
  ): Promise<Engines> {
    const { directory } = ground;
    const environments = [1, 2].map((number) => environmentOf(setup, ground, { jobs, partitions, number }));
    const { kafka } = readSettings(environments[0] ?? {}, false);
    const backing = await openBacking({ dataDir: directory, kafka, jobStore: 'memory' });
    const running: Running[] = [];
    try {
      await createTopics(backing.transport, topicSpecs(partitions));
      const started = environments.map((env, at) => {
        const engine = new Running(`engine ${at + 1}`, ['services/main.ts', 'engine'], env);
        running.push(engine);
        return engine;
      }) as [Running, Running];
      await allReady(running, partitions);
      const owners = kafka === null ? ownersInFile(directory, GROUP) : ownersOnKafka(kafka, GROUP);
      return new Engines(started, { backing, owners, kafka });
    } catch (error) {
      await Promise.all(running.map((each) => each.stop()));
      await backing.close();
      throw error;
    }
  }

  /** Throws `BenchFailure` where one has died that was not killed. */
  assertAlive(): void {
    this.doomed.assertAlive();
    this.survivor.assertAlive();
  }

  async stop(): Promise<void> {
    await this.doomed.kill(); // it may be frozen: nothing else would end it
    await this.survivor.stop();
    await this.owners.close();
    await this.backing.close();
  }
}

function environmentOf(
  { log, store, standby }: TakeoverSetup,
  { directory, kafkaEnv, postgresUrl }: Ground,
  {
    jobs,
    partitions,
    number,
  }: { readonly jobs: number; readonly partitions: number; readonly number: number },
): Readonly<Record<string, string>> {
  // what engines on several machines could not share is not shared here either
  const shares = log === 'embedded' || store === 'sqlite';
  const own = shares ? directory : join(directory, `engine-${number}`);
  mkdirSync(own, { recursive: true });
  return {
    ...(log === 'kafka' ? kafkaEnv : {}),
    ...(store === 'postgres' ? { POSTGRES_URL: postgresUrl ?? '' } : {}),
    ...(standby === null ? {} : { JOB_STANDBY: String(standby) }),
    DATA_DIR: own,
    BILL_FILES: 'off',
    BILL_NUMBERS: 'workflow-id',
    JOB_STORE: store,
    // all jobs may lie in one partition, as far as this goes: none is to be held back
    OPEN_JOBS: String(Math.max(25_000, jobs)),
    PARTITIONS: String(partitions),
    LOG_FORMAT: 'json',
  };
}

async function allReady(engines: readonly Running[], partitions: number): Promise<void> {
  const isReady = (): boolean => {
    for (const each of engines) each.assertAlive();
    return engines.every(({ isUp }) => isUp) && shareAll(engines, GROUP, partitions);
  };
  await until('both engines to share the partitions', isReady, READY_MS).catch((error: unknown) => {
    if (error instanceof BenchFailure) throw error;
    const tails = engines.map((each) => `${each.name}: ${each.tail()}`).join('\n');
    throw new BenchFailure(`not both engines got ready in ${READY_MS / 1000} s\n${tails}`, { cause: error });
  });
}
