import { afterAll, beforeAll, expect, test } from 'bun:test';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Cluster, describeWithCluster, startCluster } from '../../broker/index.ts';
import { until } from '../../support/until.ts';

const root = resolve(import.meta.dir, '../../..');

interface Entry {
  readonly level: string;
  readonly msg: string;
  readonly service?: string;
  readonly group?: string;
  readonly view?: string;
  readonly url?: string;
}

/** `bun run services` as a process, its log read line by line. */
class Services {
  readonly dataDir: string = mkdtempSync(join(tmpdir(), 'requite-outage-'));
  readonly process: ChildProcess;
  #output = '';

  constructor(brokers: string, ...names: string[]) {
    const env = {
      PATH: process.env.PATH ?? '',
      DATA_DIR: this.dataDir,
      BROKERS: brokers,
      COORDINATOR_PORT: '0',
      CRM_PORT: '0',
      LOG_FORMAT: 'json',
      KAFKA_REQUEST_TIMEOUT_MS: '3000',
    };
    this.process = spawn(process.execPath, ['services/main.ts', ...names], { cwd: root, env });
    this.process.stdout?.on('data', (chunk: Buffer) => {
      this.#output += String(chunk);
    });
  }

  log(): Entry[] {
    return this.#output
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Entry);
  }

  async url(service: string): Promise<string> {
    const entry = (): Entry | undefined =>
      this.log().find((each) => each.service === service && each.msg === 'listening');
    await until(`${service} to listen`, () => entry() !== undefined);
    return entry()?.url ?? '';
  }

  tail(): string {
    return this.#output.slice(-6_000);
  }

  bills(): string[] {
    return readdirSync(join(this.dataDir, 'bills')).filter((name) => name.endsWith('.txt'));
  }

  async end(signal: NodeJS.Signals): Promise<number | null> {
    const ended = new Promise<number | null>((done) => this.process.once('exit', done));
    if (this.process.exitCode === null) this.process.kill(signal);
    return this.process.exitCode ?? ended;
  }
}

async function ready(url: string): Promise<{ status: number; checks: Record<string, string> }> {
  const response = await fetch(`${url}/health/ready`);
  const { checks } = (await response.json()) as { checks: Record<string, string> };
  return { status: response.status, checks };
}

function post(url: string, customerIdentifiers: string[]): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ customerIdentifiers }),
  });
}

describeWithCluster('a broker that is away', () => {
  let cluster: Cluster;
  const running: Services[] = [];
  const start = (...names: string[]): Services => {
    const services = new Services(cluster.brokers, ...names);
    running.push(services);
    return services;
  };
  beforeAll(async () => {
    cluster = await startCluster();
    await cluster.stop(0);
  });
  afterAll(async () => {
    await Promise.all(running.map((each) => each.end('SIGKILL')));
    await cluster.close();
  });

  test('at start: services say what they wait for, once, and end when they are told to', async () => {
    const services = start();
    const coordinator = await services.url('coordinator');
    await until('readiness to say why', async () =>
      /no broker listens/.test((await ready(coordinator)).checks.log ?? ''),
    );
    expect((await ready(coordinator)).status).toBe(503);
    expect((await fetch(`${coordinator}/health/live`)).status).toBe(200);
    const refused = await post(coordinator, ['1']);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '2']);
    expect(await refused.json()).toMatchObject({ code: 'starting' });
    const waiting = (): string[] =>
      services.log().flatMap(({ msg, service }) => (msg === 'waiting for the log' ? [service ?? ''] : []));
    await until('all three to say that they wait', () => waiting().length === 3);
    expect(await services.end('SIGTERM')).toBe(0);
    expect(waiting().sort()).toEqual(['coordinator', 'crm', 'engine']);
  }, 60_000);

  test('at start, and later: they go on by themselves when it comes', async () => {
    const services = start();
    const coordinator = await services.url('coordinator');
    expect((await ready(coordinator)).status).toBe(503);
    await cluster.start(0);
    await until('the coordinator to be ready', async () => (await ready(coordinator)).status === 200, 60_000);
    const isReady = async (): Promise<boolean> => (await post(coordinator, ['1', '2'])).status === 202;
    expect(await isReady()).toBe(true);
    await until(`two bills\n${services.tail()}`, () => services.bills().length === 2, 60_000);

    const before = services.log().length;
    await cluster.kill(0);
    await until('readiness to tell', async () => (await ready(coordinator)).status === 503, 60_000);
    expect((await ready(coordinator)).checks.log).not.toBe('reached');
    expect((await post(coordinator, ['3'])).status).toBe(503);
    const complaints = services
      .log()
      .slice(before)
      .filter(({ level }) => level === 'warn' || level === 'error')
      .map(({ service = '', group = '', view = '', msg }) => `${service} ${group} ${view} ${msg}`);
    // a loop that still finds something to do meanwhile says it again; none says it with each try, however long it takes
    const often = complaints.filter((each) => complaints.filter((other) => other === each).length > 3);
    expect(often).toEqual([]);
    expect(complaints.length).toBeGreaterThan(0);
    await cluster.start(0);
    await until(
      'the coordinator to be ready again',
      async () => (await ready(coordinator)).status === 200,
      60_000,
    );
    expect(await isReady()).toBe(true);
    await until('two more bills', () => services.bills().length >= 4, 60_000);
    expect(await services.end('SIGTERM')).toBe(0);
  }, 180_000);
});
