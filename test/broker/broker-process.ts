import { type ChildProcess, execFile } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Java } from './java.ts';
import { liveBrokers } from './wire.ts';
import type { Workspace } from './workspace.ts';

const startTimeoutMs = 60_000;

/** One broker (and controller) as an operating system process, on ports and data that outlive it. */
export class BrokerProcess {
  private readonly workspace: Workspace;
  private readonly java: Java;
  private readonly number: number;
  private readonly internal: string;
  private child: ChildProcess | null = null;

  constructor(workspace: Workspace, java: Java, number: number, internal: string) {
    this.workspace = workspace;
    this.java = java;
    this.number = number;
    this.internal = internal;
  }

  private get name(): string {
    return `broker-${this.number}`;
  }

  /** Null while it is not running. */
  get pid(): number | null {
    return this.child?.pid ?? null;
  }

  /** Starts the process; `answers` says when it serves. */
  spawn(): void {
    if (this.child !== null) throw new Error(`${this.name} runs already: kill or stop it first`);
    const child = this.workspace.spawn(this.name, [
      'java',
      ...this.java.options,
      '-XX:+UseSerialGC', // Two thirds of the time to start that the default takes on two cores.
      '-cp',
      this.java.classPath,
      `-Dlog4j2.configurationFile=${join(this.workspace.directory, 'log4j2.xml')}`,
      'kafka.Kafka',
      `${this.name}.properties`,
    ]);
    this.child = child;
    child.once('exit', () => {
      if (this.child === child) this.child = null;
    });
  }

  /** Resolves when the broker serves and sees all of `expected` live. Throws, with its log, when it ends before or takes a minute. */
  async answers(expected: readonly number[]): Promise<void> {
    for (const deadline = Date.now() + startTimeoutMs; ; ) {
      const live = await liveBrokers(this.internal).catch((): number[] => []); // Not listening yet.
      if (expected.every((number) => live.includes(number))) return;
      if (this.child === null) throw new Error(`${this.name} ended while it started\n${this.log()}`);
      if (Date.now() > deadline)
        throw new Error(`${this.name} was not ready within ${startTimeoutMs} ms\n${this.log()}`);
      await Bun.sleep(50);
    }
  }

  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.running();
    child.ref();
    const ended = once(child, 'exit');
    child.kill(signal);
    child.kill('SIGCONT'); // A paused process ends only when it goes on.
    await ended;
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.running().kill(signal);
  }

  private running(): ChildProcess {
    if (this.child === null) throw new Error(`${this.name} does not run: start it first`);
    return this.child;
  }

  private log(): string {
    const file = join(this.workspace.directory, `${this.name}.log`);
    return existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(-40).join('\n') : '';
  }
}

/**
 * Makes the data directories `data-0`, `data-1`, … as Kafka's own tool does. The tool runs for broker 0 only, as it
 * takes a second; what differs for the others is in a file of four lines.
 */
export async function format(
  workspace: Workspace,
  java: Java,
  brokers: number,
  scram: readonly string[],
): Promise<void> {
  const { directory } = workspace;
  const clusterId = uuid();
  await promisify(execFile)(
    'java',
    [
      '-Xmx128m',
      '-XX:TieredStopAtLevel=1',
      '-XX:+UseSerialGC',
      ...java.options,
      '-cp',
      java.classPath,
      `-Dlog4j2.configurationFile=${join(directory, 'log4j2.xml')}`,
      'kafka.tools.StorageTool',
      'format',
      '--cluster-id',
      clusterId,
      '--config',
      'broker-0.properties',
      ...scram.flatMap((user) => ['--add-scram', user]),
    ],
    { cwd: directory },
  );
  for (let number = 1; number < brokers; number += 1) {
    const data = join(directory, `data-${number}`);
    mkdirSync(data);
    copyFileSync(join(directory, 'data-0', 'bootstrap.checkpoint'), join(data, 'bootstrap.checkpoint'));
    writeFileSync(
      join(data, 'meta.properties'),
      `version=1\ncluster.id=${clusterId}\nnode.id=${number}\ndirectory.id=${uuid()}\n`,
    );
  }
}

/** 16 random bytes as Kafka writes them; it refuses ids that begin with a dash where options are read. */
function uuid(): string {
  for (;;) {
    const id = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('base64url');
    if (!id.startsWith('-')) return id;
  }
}
