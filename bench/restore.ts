// bun bench restore: how fast a group's jobs come back from Kafka, beside the floor of the same run.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Consumer, type Job, topics } from '../core/mod.ts';
import { readSettings } from '../services/platform/config.ts';
import { createLogger } from '../services/platform/log.ts';
import type { JobCache } from '../services/platform/store/kafka/cache.ts';
import { jobsTopicOf } from '../services/platform/store/kafka/jobs-topic.ts';
import { bufferedCache, openKafkaJobs } from '../services/platform/store/kafka/open.ts';
import { openSqliteCache } from '../services/platform/store/kafka/sqlite-cache.ts';
import type { KafkaSettings } from '../services/platform/transport/kafka/settings.ts';
import { KafkaTransport } from '../services/platform/transport/kafka/transport.ts';
import { OptionsError, parseFlags, whole } from '../test/support/flags.ts';
import { openCluster } from './deploy/kafka.ts';
import { readingMs } from './measure/reading.ts';
import { spreadOf } from './measure/statistics.ts';
import { figure, table } from './report/table.ts';

const usage = `Usage: bun bench restore [options]

Measures how long a member needs to have the jobs of its partitions with JOB_STORE=kafka: from the topic alone, with the
copy that it had before, and from another member with and without a standby copy. The floor reads the same records and
keeps nothing.

  --jobs N           suspended bill jobs on the topic (default 100000)
  --partitions N     of each topic (default 4)
  --repeat N         repetitions of each measurement (default 3)
`;

const BATCH = 5_000;
const GROUP = 'bench-restore';
const INPUT = 'bench-restore-input';
const logger = createLogger({ logLevel: 'silent', logFormat: 'json' });

interface RestoreOptions {
  readonly jobs: number;
  readonly partitions: number;
  readonly repeat: number;
}

/** Runs the bench; returns the exit code. Throws `OptionsError` for arguments that can't be used. */
export async function benchRestore(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  if (options === null) {
    process.stdout.write(usage);
    return 0;
  }
  const directory = mkdtempSync(join(tmpdir(), 'requite-bench-'));
  const cluster = await openCluster(false);
  try {
    const { kafka } = readSettings({ ...cluster.env, JOB_STORE: 'memory' }, false);
    if (kafka === null) throw new OptionsError('no cluster is named: set BROKERS');
    const bytes = await fill(kafka, options);
    const bench = new RestoreBench(kafka, options, directory);
    const rows: [string, readonly number[]][] = [
      ['floor: read, keep nothing', await bench.repeated(() => bench.floor())],
      ['from the topic alone', await bench.repeated(() => bench.fresh())],
      ['with the copy of before', await bench.repeated(() => bench.warm())],
      ['half taken over, standby copy', await bench.repeated(() => bench.takeOver(1))],
      ['half taken over, no copy', await bench.repeated(() => bench.takeOver(0))],
    ];
    process.stdout.write(`${report(rows, options, bytes)}\nBroker: ${cluster.description}\n`);
    return 0;
  } finally {
    await cluster.close();
    rmSync(directory, { recursive: true });
  }
}

function report(
  rows: readonly [string, readonly number[]][],
  { jobs }: RestoreOptions,
  bytes: number,
): string {
  const cells = rows.map(([what, times]) => {
    const { median, min, max } = spreadOf(times);
    const share = what.startsWith('half') ? jobs / 2 : jobs;
    return [what, figure(median), `${figure(min)}–${figure(max)}`, figure((share * 1_000) / median)];
  });
  const head = `${figure(jobs)} jobs of ${figure(bytes / jobs)} bytes; from joining (or the other's leaving) to having all`;
  return `${head}\n\n${table(['', 'ms', 'range', 'jobs/s'], cells, 1)}`;
}

class RestoreBench {
  readonly #settings: KafkaSettings;
  readonly #options: RestoreOptions;
  readonly #directory: string;
  #directories = 0;

  constructor(settings: KafkaSettings, options: RestoreOptions, directory: string) {
    this.#settings = settings;
    this.#options = options;
    this.#directory = directory;
  }

  async repeated(measure: () => Promise<number>): Promise<readonly number[]> {
    const times: number[] = [];
    for (let n = 0; n < this.#options.repeat; n++) times.push(await measure());
    return times;
  }

  async floor(): Promise<number> {
    const transport = new KafkaTransport(this.#settings, logger);
    const tookMs = await readingMs(transport, jobsTopicOf(GROUP));
    await transport.close();
    return tookMs;
  }

  async fresh(): Promise<number> {
    const { tookMs, close } = await this.#join(this.#newDirectory());
    await close();
    return tookMs;
  }

  async warm(): Promise<number> {
    const directory = this.#newDirectory();
    const before = await this.#join(directory);
    await before.close();
    const { tookMs, close } = await this.#join(directory);
    await close();
    return tookMs;
  }

  /** From one member's leaving until the other has all partitions. */
  async takeOver(standbyCopies: number): Promise<number> {
    const { partitions } = this.#options;
    // the one that stays joins last: it has never had the other half
    const goes = await this.#join(this.#newDirectory(), standbyCopies);
    const stays = await this.#join(
      this.#newDirectory(),
      standbyCopies,
      Math.floor(partitions / 2),
      goes.consumer,
    );
    if (standbyCopies > 0) {
      const ends = await stays.ends();
      const isCopied = (): boolean => ends.every((end, each) => (stays.cache().position(each) ?? 0) >= end);
      await until(stays.consumer, isCopied);
    }
    const begunAt = performance.now();
    await goes.close();
    await until(stays.consumer, () => stays.consumer.partitions().length === partitions);
    const tookMs = performance.now() - begunAt;
    await stays.close();
    return tookMs;
  }

  #newDirectory(): string {
    return join(this.#directory, String(this.#directories++));
  }

  /** `other` is polled meanwhile, so that it lets go what this one is to have. */
  async #join(
    dataDir: string,
    standbyCopies = 0,
    expected: number = this.#options.partitions,
    other: Consumer | null = null,
  ) {
    const caches: JobCache[] = [];
    const jobs = await openKafkaJobs(this.#settings, {
      dataDir,
      logger,
      standbyCopies,
      openCache: (_group, source) => {
        const cache = bufferedCache(openSqliteCache(dataDir, source));
        caches.push(cache);
        return cache;
      },
    });
    const { transport } = jobs.forGroup(GROUP);
    const begunAt = performance.now();
    const consumer = await transport.join({ group: GROUP, topics: [INPUT] });
    await until(consumer, () => consumer.partitions().length === expected, other);
    const tookMs = performance.now() - begunAt;
    const cache = (): JobCache => {
      const [opened] = caches;
      if (opened === undefined) throw new Error('it has no copy');
      return opened;
    };
    const ends = (): Promise<readonly number[]> => transport.endOffsets(jobsTopicOf(GROUP));
    return { consumer, tookMs, cache, ends, close: () => jobs.close() };
  }
}

async function until(consumer: Consumer, holds: () => boolean, other: Consumer | null = null): Promise<void> {
  while (!holds())
    await Promise.all([consumer, other].map((each) => each?.poll({ maxRecords: 1, waitMs: 5 })));
}

/** Puts the jobs on the topic; returns how many bytes of JSON they are. */
async function fill(settings: KafkaSettings, { jobs, partitions }: RestoreOptions): Promise<number> {
  const transport = new KafkaTransport(settings, logger);
  const topic = jobsTopicOf(GROUP);
  await transport.createTopics([
    { name: INPUT, partitions },
    { name: topic, partitions, compacted: true },
  ]);
  let bytes = 0;
  for (let from = 0; from < jobs; from += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, jobs - from) }, (_, index) => {
      const job = suspended(from + index, partitions);
      return { topic, partition: job.partition, key: job.workflowId, value: JSON.stringify(job) };
    });
    for (const { value } of batch) bytes += value.length;
    await transport.publish(batch);
  }
  await transport.close();
  return bytes;
}

/** A bill's job that waits for its customer. */
function suspended(n: number, partitions: number): Job {
  const payload = { customerIdentifier: `c-${n}` };
  return {
    workflowId: `2026-04/c-${n}`,
    workflowType: 'bill-generation',
    version: 1,
    partition: n % partitions,
    revision: 1,
    status: 'waiting',
    createTime: '2026-04-15T14:24:11Z',
    contentHash: 'c0ffee'.repeat(10),
    input: payload,
    steps: [
      { kind: 'ask', name: 'customer', payload, askedAtMs: 1, dueAtMs: null, attempts: 1, outcome: null },
    ],
    inbox: [],
    seenOffsets: { [topics.workflowQueue]: n },
    wakeAtMs: null,
    problem: null,
    events: [],
    resultHash: null,
    outcomeHashes: null,
    traceparent: null,
  };
}

function readOptions(args: readonly string[]): RestoreOptions | null {
  const { given, flags } = parseFlags(args, ['jobs', 'partitions', 'repeat'], ['help']);
  if (flags.help === true) return null;
  return {
    jobs: whole('jobs', given.jobs, { fallback: 100_000, min: 1, max: 10_000_000 }),
    partitions: whole('partitions', given.partitions, { fallback: 4, min: 1, max: 1_024 }),
    repeat: whole('repeat', given.repeat, { fallback: 3, min: 1, max: 1_000 }),
  };
}
