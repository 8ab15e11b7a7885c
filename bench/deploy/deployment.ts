import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { numberingTopicSpecs, type OutgoingRecord, type Transport, topicSpecs } from '../../core/mod.ts';
import { type Backing, openBacking } from '../../services/platform/backing.ts';
import { readSettings } from '../../services/platform/config.ts';
import { until } from '../../test/support/until.ts';
import { customerRecord, customersOf } from '../customers.ts';
import { Completions } from '../measure/completions.ts';
import { BenchFailure } from '../measure/failure.ts';
import type { BenchOptions, Tracing } from '../options.ts';
import type { Setup } from '../setup.ts';
import { Running, shareAll } from './running.ts';
import { createTopics } from './topics.ts';
import { type Usage, usageOf } from './usage.ts';

const READY_MS = 120_000;
/** A view may be far behind the log after a million bills. */
const SETTLED_MS = 600_000;
const PUBLISHED_AT_ONCE = 5_000;
const TRACED: Readonly<Record<Tracing, Readonly<Record<string, string>>>> = {
  off: { TRACING: 'off' },
  on: { TRACE_RATIO: '0.1' },
  all: { TRACE_RATIO: '1' },
};

/** What a deployment stands on. */
export interface Ground {
  /** An empty directory. */
  readonly directory: string;
  /** BROKERS and the KAFKA_ settings, for what runs on Kafka. */
  readonly kafkaEnv: Readonly<Record<string, string>>;
  /** The broker's process, where it is known. */
  readonly brokerPid: number | null;
  /** An empty database, for the job store `postgres`. */
  readonly postgresUrl: string | null;
}

/** Who plays each part: the script with its arguments. */
export type Cast = Readonly<Record<'coordinator' | 'engine' | 'crm', readonly string[]>>;

/** Coordinator, engines and CRM as processes of their own, ready for work, on topics and a directory of their own. */
export class Deployment {
  readonly setup: Setup;
  readonly billsDir: string;
  readonly processes: readonly Running[];
  readonly completions: Completions;
  private readonly brokerPid: number | null;
  private readonly backing: Backing;
  private readonly coordinator: string;

  private constructor(
    parts: Pick<Deployment, 'setup' | 'billsDir' | 'processes' | 'completions'>,
    backing: Backing,
    brokerPid: number | null,
  ) {
    this.brokerPid = brokerPid;
    this.setup = parts.setup;
    this.billsDir = parts.billsDir;
    this.processes = parts.processes;
    this.completions = parts.completions;
    this.backing = backing;
    this.coordinator = parts.processes.find(({ name }) => name === 'coordinator')?.url ?? '';
  }

  /** Throws `BenchFailure` where a process dies or does not get ready. */
  static async start(setup: Setup, cast: Cast, ground: Ground, options: BenchOptions): Promise<Deployment> {
    const billsDir = makeBillsDir(ground.directory);
    const env = environmentFor(setup, ground, options, billsDir);
    const { kafka } = readSettings(env, false);
    // the bench needs the log only: a job store of its own would be in the way
    const backing = await openBacking({ dataDir: ground.directory, kafka, jobStore: 'memory' });
    const processes: Running[] = [];
    try {
      await fill(backing.transport, setup, options);
      for (const [part, script] of Object.entries(cast)) {
        // the baseline's jobs are in one process's memory: a second engine would get answers to questions of the first
        const count = part === 'engine' && setup.system !== 'baseline' ? setup.engines : 1;
        for (let i = 1; i <= count; i++)
          processes.push(new Running(count === 1 ? part : `${part} ${i}`, script, env));
      }
      await allReady(processes, setup);
      const completions = await Completions.open(backing.transport, () => assertAllAlive(processes));
      return new Deployment({ setup, billsDir, processes, completions }, backing, ground.brokerPid);
    } catch (error) {
      await endAll(processes, backing);
      throw error;
    }
  }

  /** Asks for bills; resolves with the run-id once they are accepted. Throws `BenchFailure` where they are not. */
  async post(body: string): Promise<string> {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(this.coordinator, { method: 'POST', headers, body }).catch(
      (error: unknown) => {
        this.assertAlive();
        throw new BenchFailure(`the coordinator does not answer: ${String(error)}`, { cause: error });
      },
    );
    if (response.status !== 202)
      throw new BenchFailure(
        `the coordinator answered ${response.status}: ${(await response.text()).slice(0, 500)}`,
      );
    return ((await response.json()) as { runId: string }).runId;
  }

  /** Waits until the coordinator knows of the run's end, so that nothing of it runs on into the next measurement. */
  async settled(runId: string): Promise<void> {
    if (this.setup.system !== 'requite') return;
    const hasEnded = async (): Promise<boolean> => {
      this.assertAlive();
      const response = await fetch(`${this.coordinator}/runs/${runId}?wait=1s&limit=1`);
      return response.ok && ((await response.json()) as { ended: boolean }).ended;
    };
    await until(`the coordinator to see the end of run ${runId}`, hasEnded, SETTLED_MS);
  }

  /** Of the broker; null where it is none of the bench's own, or the system doesn't tell. */
  brokerUsage(): Usage | null {
    return this.brokerPid === null ? null : usageOf(this.brokerPid);
  }

  /** Throws `BenchFailure` where one of the processes has died. */
  assertAlive(): void {
    assertAllAlive(this.processes);
  }

  async stop(): Promise<void> {
    await this.completions.close();
    await endAll(this.processes, this.backing);
  }
}

/** Bills go to a directory whose parent spreads its children over the disk, where the file system knows of that. */
export function makeBillsDir(directory: string): string {
  spawnSync('chattr', ['+T', directory], { stdio: 'ignore' }); // only ext takes it, and it is a help, not a need
  const billsDir = join(directory, 'bills');
  mkdirSync(billsDir, { recursive: true });
  return billsDir;
}

function environmentFor(
  { system, store, files, log, tracing, fsync, numbers, partitions }: Setup,
  { directory, kafkaEnv, postgresUrl }: Ground,
  { profile }: BenchOptions,
  billsDir: string,
): Readonly<Record<string, string>> {
  return {
    ...(log === 'kafka' ? kafkaEnv : {}),
    ...(store === 'postgres' ? { POSTGRES_URL: postgresUrl ?? '' } : {}),
    DATA_DIR: directory,
    BILLS_DIR: billsDir,
    BILL_FILES: files ? 'on' : 'off',
    BILL_NUMBERS: numbers ?? 'workflow-id',
    JOB_STORE: store ?? 'memory',
    PARTITIONS: String(partitions),
    COORDINATOR_PORT: '0',
    CRM_PORT: '0',
    LOG_FORMAT: 'json',
    ...(profile !== null && system === 'requite'
      ? { BUN_OPTIONS: `--cpu-prof --cpu-prof-dir=${resolve(profile)}` }
      : {}),
    ...(fsync === undefined ? {} : { FSYNC: fsync ? 'on' : 'off' }),
    ...(tracing === undefined ? {} : TRACED[tracing]),
  };
}

/** The topics, and for our services the customers. */
async function fill(
  transport: Transport,
  { system, partitions }: Setup,
  options: BenchOptions,
): Promise<void> {
  await createTopics(transport, [...topicSpecs(partitions), ...numberingTopicSpecs(partitions)]);
  if (system !== 'requite') return;
  let records: OutgoingRecord[] = [];
  for (const customer of customersOf(customerCount(options), options.seed)) {
    records.push(customerRecord(customer, partitions));
    if (records.length < PUBLISHED_AT_ONCE) continue;
    await transport.publish(records);
    records = [];
  }
  if (records.length > 0) await transport.publish(records);
}

/** As many as the largest measurement bills, each once. */
export function customerCount({ bills, rates, seconds }: BenchOptions): number {
  return Math.max(bills, Math.max(...rates) * seconds);
}

async function allReady(processes: readonly Running[], setup: Setup): Promise<void> {
  const isReady = async (): Promise<boolean> => {
    assertAllAlive(processes);
    if (!processes.every(({ isUp }) => isUp) || !enginesShare(processes, setup)) return false;
    if (setup.system !== 'requite') return true;
    const answers = await Promise.all(
      processes.flatMap(
        ({ url }) => (url === null ? [] : [fetch(`${url}/health/ready`).catch(() => null)]), // not yet listening
      ),
    );
    return answers.every((answer) => answer?.status === 200);
  };
  try {
    await until('all processes to be ready', isReady, READY_MS);
  } catch (error) {
    if (error instanceof BenchFailure) throw error;
    const tails = processes.map((each) => `${each.name}: ${each.tail()}`).join('\n');
    throw new BenchFailure(`not all processes got ready in ${READY_MS / 1000} s\n${tails}`, { cause: error });
  }
}

/** Whether the engines own all partitions between them and each has some: no group is about to change. */
function enginesShare(processes: readonly Running[], setup: Setup): boolean {
  const { system, files, numbers, partitions } = setup;
  const engines = processes.filter(({ name }) => name.startsWith('engine'));
  const groups = [
    'engine',
    ...(system === 'requite' && files ? ['bill-writer'] : []),
    ...(numbers === 'gapless' ? ['bill-number-questions', 'bill-numbers'] : []),
  ];
  return groups.every((group) => shareAll(engines, group, partitions));
}

function assertAllAlive(processes: readonly Running[]): void {
  for (const each of processes) each.assertAlive();
}

async function endAll(processes: readonly Running[], backing: Backing): Promise<void> {
  await Promise.all(processes.map((each) => each.stop()));
  await backing.close();
}
