import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AnyWorkflow, partitionFor, topicSpecs, topics } from '../../../core/mod.ts';
import { sampleCustomers } from '../../../services/crm/samples.ts';
import { startEngine } from '../../../services/engine/index.ts';
import { type Backing, openBacking } from '../../../services/platform/backing.ts';
import { serveAnswers, serveWorkflows } from '../../../services/platform/bun.ts';
import { readSettings, type Settings } from '../../../services/platform/config.ts';
import { readDeadLettersArguments } from '../../../services/platform/dead-letters/arguments.ts';
import { runDeadLetters } from '../../../services/platform/dead-letters/command.ts';
import { createLogger, type Logger } from '../../../services/platform/log.ts';
import { startOn } from '../../support/platform.ts';
import { readTopic } from '../../support/read-topic.ts';
import type { Said } from '../../support/run-command.ts';

export const PARTITIONS = 2;

/** Gathers what a command prints. */
export async function said(
  run: (output: { out: (text: string) => void; err: (text: string) => void }) => Promise<number>,
): Promise<Said> {
  const [out, err]: [string[], string[]] = [[], []];
  const status = await run({ out: (text) => void out.push(text), err: (text) => void err.push(text) });
  return { status, out: out.join(''), err: err.join('') };
}

/** An embedded log with the billing engine and an answerer over it, each started and stopped at will. */
export class BillingBench {
  readonly settings: Settings;
  readonly backing: Backing;
  readonly #logger: Logger = createLogger({ logLevel: 'silent', logFormat: 'json' });
  readonly #running: (() => Promise<void>)[] = [];

  private constructor(settings: Settings, backing: Backing) {
    this.settings = settings;
    this.backing = backing;
  }

  static async make(): Promise<BillingBench> {
    const dataDir = mkdtempSync(join(tmpdir(), 'requite-letters-'));
    const settings = readSettings(
      { DATA_DIR: dataDir, PARTITIONS: String(PARTITIONS), TRACING: 'off' },
      false,
    );
    const backing = await openBacking(settings);
    await backing.transport.createTopics(topicSpecs(PARTITIONS));
    return new BillingBench(settings, backing);
  }

  async startEngine(): Promise<void> {
    const { settings, backing } = this;
    const engine = await startOn(startEngine, { settings, backing, logger: this.#logger });
    this.#running.push(() => engine.stop());
  }

  /** An engine of other definitions, in the same group. */
  async startOther(definition: AnyWorkflow): Promise<void> {
    const { backing } = this;
    const host = await serveWorkflows([definition], { backing, logger: this.#logger, group: 'engine' });
    this.#running.push(() => host.stop());
  }

  async startAnswers(): Promise<void> {
    const { backing } = this;
    const customer = { ...sampleCustomers[0] };
    const host = await serveAnswers({ customer: () => customer }, { backing, logger: this.#logger });
    this.#running.push(() => host.stop());
  }

  /** Stops whatever runs. */
  async stopAll(): Promise<void> {
    for (const stop of this.#running.splice(0).reverse()) await stop();
  }

  async request(workflowId: string, payload: unknown = { customerIdentifier: '1' }): Promise<void> {
    const value = JSON.stringify({
      'workflow-type': 'bill-generation',
      'workflow-id': workflowId,
      'create-time': '2026-11-21T10:00:00Z',
      payload,
    });
    await this.publish(topics.workflowQueue, workflowId, value);
  }

  publish(topic: string, key: string, value: string): Promise<void> {
    return this.backing.transport.publish([{ topic, partition: partitionFor(key, PARTITIONS), key, value }]);
  }

  records(topic: string) {
    return readTopic(this.backing.transport, topic);
  }

  /** Names of the files of bills. */
  bills(): readonly string[] {
    return readdirSync(this.settings.billsDir).filter((name) => name.endsWith('.txt'));
  }

  /** The status of each distinct report of a workflow, in order. */
  async statuses(workflowId: string): Promise<readonly string[]> {
    const reports = (await this.records(topics.workflowEvents)).filter(({ key }) => key === workflowId);
    return reports.map(({ value }) => JSON.parse(String(value)).status as string);
  }

  /** `bun run dead-letters …`, in this process. */
  deadLetters(line: string): Promise<Said> {
    const command = readDeadLettersArguments(line.split(' '));
    return said((output) => runDeadLetters(command, this.settings, output));
  }

  async close(): Promise<void> {
    await this.stopAll();
    await this.backing.close();
    rmSync(this.settings.dataDir, { recursive: true, force: true });
  }
}
