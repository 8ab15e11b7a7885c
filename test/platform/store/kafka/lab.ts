import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '../../../../services/platform/log.ts';
import {
  type KafkaJobsCluster,
  type KafkaJobsOptions,
  openKafkaJobs,
} from '../../../../services/platform/store/kafka/open.ts';
import { kafkaSettings } from '../../../../services/platform/transport/kafka/settings.ts';
import type { Step } from '../../../../services/platform/transport/kafka/transactions/wire.ts';
import { sharedBroker, uniqueName } from '../../../broker/index.ts';
import { until } from '../../../support/until.ts';
import { type Counter, startCounter, type Topics } from './counting.ts';
import type { CounterProgram } from './fixtures/counter.ts';

const logger = createLogger({ logLevel: 'silent', logFormat: 'json' });

/** A member in a process of its own. */
export interface MemberProcess {
  readonly child: ChildProcess;
  /** Waits until it has printed the line. */
  said(line: string): Promise<void>;
  gone(): Promise<void>;
}

/** A group that counts, with topics of its own on the shared broker; what it started ends with `close`. */
export class CountingLab {
  readonly brokers: string;
  readonly topics: Topics;
  readonly directory: string = mkdtempSync(join(tmpdir(), 'requite-'));
  readonly #clusters: KafkaJobsCluster[] = [];
  readonly #children: ChildProcess[] = [];

  private constructor(brokers: string, topics: Topics) {
    this.brokers = brokers;
    this.topics = topics;
  }

  /** On these brokers, or the shared one. */
  static async open(partitions: number, brokers?: string): Promise<CountingLab> {
    const group = uniqueName('count');
    const topics = { group, input: `${group}-in`, output: `${group}-out` };
    const lab = new CountingLab(brokers ?? (await sharedBroker()).brokers, topics);
    const { transport } = await lab.cluster();
    await transport.createTopics([topics.input, topics.output].map((name) => ({ name, partitions })));
    return lab;
  }

  /** Another connection, as another process would have. */
  async cluster(options: Partial<Omit<KafkaJobsOptions, 'logger'>> = {}): Promise<KafkaJobsCluster> {
    const settings = kafkaSettings(this.brokers, { sessionTimeoutMs: 2_000 });
    const cluster = await openKafkaJobs(settings, { dataDir: this.directory, logger, ...options });
    this.#clusters.push(cluster);
    return cluster;
  }

  /** A member in this process. */
  async counter(options: Parameters<CountingLab['cluster']>[0] = {}): Promise<Counter> {
    return startCounter((await this.cluster(options)).forGroup(this.topics.group), this.topics);
  }

  /** A member in a process of its own, that signals itself at a step. */
  spawn(at: Step, nth: number, how: Pick<CounterProgram, 'signal' | 'transactions'>): MemberProcess {
    const program: CounterProgram = {
      brokers: this.brokers,
      dataDir: this.directory,
      topics: this.topics,
      at,
      nth,
      ...how,
    };
    const child = spawn(process.execPath, [join(import.meta.dir, 'fixtures/counter.ts')], {
      env: { PATH: process.env.PATH ?? '', PROGRAM: JSON.stringify(program) },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#children.push(child);
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += String(chunk);
    });
    return {
      child,
      said: async (line) => {
        await until(`the member to say "${line}", not "${output}"`, () => output.split('\n').includes(line));
      },
      gone: async () => {
        await until('the member to be gone', () => child.exitCode !== null || child.signalCode !== null);
      },
    };
  }

  /** The copy of the jobs that the first member on `directory` keeps. */
  get copy(): string {
    return join(this.directory, 'jobs', encodeURIComponent(this.topics.group), '0.db');
  }

  async close(): Promise<void> {
    for (const child of this.#children) child.kill('SIGKILL');
    await Promise.all(this.#clusters.map((each) => each.close()));
    rmSync(this.directory, { recursive: true });
  }
}
