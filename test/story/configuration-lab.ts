import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type OutgoingRecord, partitionFor, type QuestionMessage, topics } from '../../core/mod.ts';
import { type Backing, openBacking } from '../../services/platform/backing.ts';
import { kafkaSettings } from '../../services/platform/transport/kafka/settings.ts';
import { freePorts } from '../broker/ports.ts';
import { Processes } from '../support/processes.ts';
import { readTopic } from '../support/read-topic.ts';
import { until } from '../support/until.ts';

const SERVICE = 'configuration';
const PAUSE_MS = 20;
const QUESTIONS_A_ROUND = 4;

/** A line that a process logged. */
export interface Line {
  readonly level: string;
  /** ISO 8601. */
  readonly time: string;
  readonly msg: string;
  readonly service?: string;
}

/** CRMs as real processes that answer questions all the time, and a Configuration service. */
export class ConfigurationLab {
  readonly #directory: string = mkdtempSync(join(tmpdir(), 'requite-configuration-'));
  readonly #processes: Processes = new Processes(this.#directory);
  readonly #brokers: string | null;
  readonly #ports: readonly number[];
  #backing: Backing | null = null;
  #load: Promise<void> | null = null;
  #isLoading = false;
  #asked = 0;

  private constructor(brokers: string | null, ports: readonly number[]) {
    this.#brokers = brokers;
    this.#ports = ports;
    mkdirSync(this.dataDir);
  }

  /** On the cluster of these brokers, or the embedded log. */
  static async make(brokers: string | null): Promise<ConfigurationLab> {
    return new ConfigurationLab(brokers, await freePorts(1));
  }

  get dataDir(): string {
    return join(this.#directory, 'data');
  }

  /** Where the Configuration service is. */
  get url(): string {
    return `http://127.0.0.1:${this.#ports[0]}`;
  }

  /** For processes of this log. */
  get env(): Record<string, string> {
    return {
      DATA_DIR: this.dataDir,
      ...(this.#brokers === null
        ? {}
        : { BROKERS: this.#brokers, KAFKA_SESSION_TIMEOUT_MS: '6000', KAFKA_REQUEST_TIMEOUT_MS: '3000' }),
    };
  }

  startService(): Promise<void> {
    const env = { ...this.env, CONFIGURATION_PORT: String(this.#ports[0]), LOG_FORMAT: 'json' };
    return this.#processes.start(SERVICE, { services: ['configuration-service'], url: this.url, env });
  }

  startCrm(name: string, env: Readonly<Record<string, string>> = {}): Promise<void> {
    const all = { ...this.env, CRM_PORT: '0', LOG_FORMAT: 'json', ...env };
    return this.#processes.start(name, { services: ['crm'], env: all });
  }

  /** kill -9. */
  kill(name: string): Promise<void> {
    return this.#processes.kill(name);
  }

  /** What a process has logged so far. */
  lines(name: string): readonly Line[] {
    const file = join(this.#directory, `${name}.log`);
    if (!existsSync(file)) return [];
    const whole = readFileSync(file, 'utf8').split('\n').slice(0, -1);
    return whole.map((line) => JSON.parse(line) as Line);
  }

  /** The lines that say that the CRM's settings changed. */
  changesSeen(name: string): readonly Line[] {
    return this.lines(name).filter(({ msg, service }) => msg === 'settings changed' && service === 'crm');
  }

  /** The CRM's lines after the last change of its settings. */
  sinceChange(name: string): readonly Line[] {
    const lines = this.lines(name);
    const at = lines.findLastIndex(({ msg }) => msg === 'settings changed');
    return lines.slice(at + 1).filter(({ service }) => service === 'crm');
  }

  /** Asks questions, about 150 a second, until `endLoad`. */
  async beginLoad(): Promise<void> {
    const kafka = this.#brokers === null ? null : kafkaSettings(this.#brokers);
    this.#backing = await openBacking({ dataDir: this.dataDir, kafka, jobStore: 'memory' });
    const { transport } = this.#backing;
    const partitions = (await transport.endOffsets(topics.questions)).length;
    this.#isLoading = true;
    const ask = async (): Promise<void> => {
      while (this.#isLoading) {
        const questions = Array.from({ length: QUESTIONS_A_ROUND }, () =>
          question(this.#asked++, partitions),
        );
        try {
          await transport.publish(questions);
        } catch {
          // the log is away: asked again in the next round, under other names
          this.#asked -= QUESTIONS_A_ROUND;
          await Bun.sleep(10 * PAUSE_MS);
        }
        await Bun.sleep(PAUSE_MS);
      }
    };
    this.#load = ask();
  }

  /** Ends the load, and waits until every question has its answer. Gives how many there were. */
  async endLoad(): Promise<number> {
    this.#isLoading = false;
    await this.#load;
    const { transport } = this.#backing ?? {};
    if (transport === undefined) return 0;
    await this.until('every question to be answered', async () => {
      const answers = (await readTopic(transport, topics.answers)).map(
        ({ value }) => (JSON.parse(String(value)) as { qaIdentifier: string }).qaIdentifier,
      );
      return new Set(answers).size === this.#asked;
    });
    return this.#asked;
  }

  /** As `until`, and says what the processes wrote last where it waits in vain. */
  async until(what: string, probe: () => Promise<boolean> | boolean): Promise<void> {
    try {
      await until(what, probe);
    } catch (error) {
      throw new Error(`waited in vain for ${what}\n${this.#processes.tail()}`, { cause: error });
    }
  }

  /** Kills what still runs, and removes every file, unless STORY_KEEP is set. */
  async close(): Promise<void> {
    this.#isLoading = false;
    await this.#load;
    await this.#processes.close();
    await this.#backing?.close();
    if (process.env.STORY_KEEP) console.log(`kept: ${this.#directory}`);
    else rmSync(this.#directory, { recursive: true, force: true });
  }
}

function question(at: number, partitions: number): OutgoingRecord {
  const key = `w-${at}`;
  const message: QuestionMessage = {
    qaIdentifier: `story/${key}/1`,
    questionCategory: 'customer',
    payload: { customerIdentifier: String((at % 24) + 1) },
  };
  const value = JSON.stringify(message);
  return { topic: topics.questions, partition: partitionFor(key, partitions), key, value };
}
