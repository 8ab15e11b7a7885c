import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../../broker/ports.ts';
import { Processes } from '../../support/processes.ts';
import { runCommand, type Said } from '../../support/run-command.ts';

/** The billing lab as a process on an embedded log, and the command line beside it. */
export class Lab {
  readonly directory: string;
  readonly url: string;
  readonly crmUrl: string;
  readonly env: Readonly<Record<string, string>>;
  readonly processes: Processes;

  private constructor(directory: string, coordinatorPort: number, crmPort: number) {
    this.directory = directory;
    this.url = `http://127.0.0.1:${coordinatorPort}`;
    this.crmUrl = `http://127.0.0.1:${crmPort}`;
    this.env = {
      DATA_DIR: join(directory, 'data'),
      COORDINATOR_PORT: String(coordinatorPort),
      CRM_PORT: String(crmPort),
      PARTITIONS: '4',
      FSYNC: 'off',
    };
    this.processes = new Processes(directory);
  }

  static async make(): Promise<Lab> {
    const [coordinatorPort = 0, crmPort = 0] = await freePorts(2);
    return new Lab(mkdtempSync(join(tmpdir(), 'requite-cli-')), coordinatorPort, crmPort);
  }

  /** Starts these services in a process of that name, and waits until it is ready. */
  start(name: string, services: readonly string[]): Promise<void> {
    const url = services.includes('coordinator')
      ? this.url
      : services.includes('crm')
        ? this.crmUrl
        : undefined;
    return this.processes.start(name, { services, env: this.env, url });
  }

  /** Runs `requite` with these words to its end. */
  requite(words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Said> {
    return runCommand('requite', words, { ...this.env, ...env });
  }

  file(name: string): string {
    return join(this.directory, name);
  }

  async close(): Promise<void> {
    await this.processes.close();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Each line of a text as JSON. Throws where one is none. */
export const jsonLines = (text: string): Record<string, unknown>[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
