import { afterEach, expect, test } from 'bun:test';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { openAuth } from '../../../services/platform/auth/index.ts';
import { type CallPolicy, openCalls, type ServiceClient } from '../../../services/platform/calls/index.ts';
import { type Discovery, openDiscovery } from '../../../services/platform/discovery/index.ts';
import { createLogger } from '../../../services/platform/log.ts';
import { openTelemetry } from '../../../services/platform/telemetry/index.ts';
import { freezeOutsideWrites } from '../../support/freeze.ts';
import { until } from '../../support/until.ts';
import { openPlace, type Place } from './place.ts';

/** A broker and several processes share a machine. */
const TIMEOUT_MS = 3_000;
const SERVICE = 'shop-service';
/** For calls that are kept waiting on purpose. */
const PATIENT = { timeoutMs: 60_000, attemptTimeoutMs: 60_000 };
/** For calls of one that is frozen. */
const BRIEF = { timeoutMs: 60_000, attemptTimeoutMs: 1_500 };
const clearing: (() => Promise<unknown>)[] = [];

interface Process {
  readonly id: string;
  readonly url: string;
  signal(signal: NodeJS.Signals): void;
  end(signal: NodeJS.Signals): Promise<number>;
}

/** A log, a registry and calls in this process, and instances of a service in processes of their own. */
class Lab {
  readonly place: Place;
  readonly discovery: Discovery;
  readonly client: ServiceClient;
  policy: CallPolicy = PATIENT;

  private constructor(place: Place, log: ReturnType<typeof openPlace>) {
    this.place = place;
    const logger = createLogger({ logLevel: 'silent', logFormat: 'json' });
    const { transport } = log;
    this.discovery = openDiscovery({ transport, logger, heartbeatMs: 200, timeoutMs: TIMEOUT_MS });
    const off = { tracing: false, traceRatio: 0, otlpEndpoint: null, otlpHeaders: {} };
    const calls = openCalls({
      discovery: this.discovery,
      telemetry: openTelemetry({ settings: off, logger }),
      auth: openAuth({ oidc: null, logger }),
      addresses: {},
      metrics: new Registry(),
      logger,
    });
    this.client = calls.to(SERVICE, () => this.policy);
    clearing.push(async () => {
      await this.discovery.close();
      await log.close();
    });
  }

  static async make(place: Place, ...ids: string[]): Promise<[Lab, Process[]]> {
    const log = openPlace(place);
    await log.transport.createTopics([{ name: 'instances', partitions: 4, compacted: true }]);
    const lab = new Lab(place, log);
    const processes = await Promise.all(ids.map((id) => lab.start(id)));
    await lab.sees(...ids);
    return [lab, processes];
  }

  async start(id: string): Promise<Process> {
    const script = join(import.meta.dir, 'fixtures', 'instance.ts');
    const command = [process.execPath, script, JSON.stringify(this.place), id, String(TIMEOUT_MS)];
    const child = Bun.spawn(command, { stdout: 'pipe', stderr: 'inherit' });
    const end = async (signal: NodeJS.Signals): Promise<number> => {
      child.kill(signal);
      return child.exited;
    };
    clearing.push(() => end('SIGKILL'));
    const { value } = await child.stdout.getReader().read();
    const url = new TextDecoder().decode(value).trim();
    return { id, url, end, signal: (signal) => child.kill(signal) };
  }

  sees(...ids: string[]): Promise<true> {
    const known = (): string =>
      this.discovery
        .instances(SERVICE)
        .map((each) => each.instanceId)
        .join();
    return until(`${ids} to be who is alive`, () => known() === ids.join());
  }

  /** Begins a call that its instance keeps without an answer, and tells which one has it. */
  async hold(among: readonly Process[]): Promise<{ answer: Promise<unknown>; holder: Process }> {
    const answer = this.client.call('/hold').then(({ body }) => body);
    const holder = await until('one to hold the call', async () => {
      for (const each of among) if ((await heldBy(each)) > 0) return each;
      return null;
    });
    return { answer, holder };
  }
}

const heldBy = async ({ url }: Process): Promise<number> => Number(await (await fetch(`${url}/held`)).text());

/** What becomes of calls when processes die, freeze and come back, on the log that `place` names. */
export function callsSuite(place: () => Promise<Place>): void {
  afterEach(async () => {
    for (const clear of clearing.splice(0).reverse()) await clear();
  });

  test('an instance is killed with -9 mid-request: the client gets its answer from another', async () => {
    const [lab, processes] = await Lab.make(await place(), 'a', 'b', 'c');
    const { answer, holder } = await lab.hold(processes);
    const others = processes.filter((each) => each !== holder);
    await holder.end('SIGKILL');
    const heir = await until('another to be asked', async () => {
      for (const each of others) if ((await heldBy(each)) > 0) return each;
      return null;
    });
    await fetch(`${heir.url}/release`);
    expect(await answer).toBe(heir.id);
    for (let at = 0; at < 30; at++) expect((await lab.client.call('/')).body).not.toBe(holder.id);
    await lab.sees(...others.map(({ id }) => id)); // the registry knows too, once it was silent for long enough
    const again = await lab.start(holder.id);
    await lab.sees('a', 'b', 'c');
    expect(lab.discovery.instances(SERVICE).find(({ instanceId }) => instanceId === again.id)?.url).toBe(
      again.url,
    );
    await until('it to be asked again', async () => (await lab.client.call('/')).body === again.id);
  }, 120_000);

  test('an instance that is frozen is passed over, then taken for dead, and used again when it thaws', async () => {
    const [lab, [first, second]] = await Lab.make(await place(), 'a', 'b');
    if (first === undefined || second === undefined) throw new Error('no processes');
    await freezeOutsideWrites('directory' in lab.place ? lab.place.directory : undefined, first.signal);
    lab.policy = BRIEF;
    for (let at = 0; at < 20; at++) expect((await lab.client.call('/')).body).toBe('b');
    await lab.sees('b');
    first.signal('SIGCONT');
    await lab.sees('a', 'b');
    await until('it to be asked again', async () => (await lab.client.call('/')).body === 'a');
  }, 120_000);

  test('an instance that starts is used, and one that ends cleanly is not asked any more', async () => {
    const [lab, [first]] = await Lab.make(await place(), 'a');
    const second = await lab.start('b');
    await lab.sees('a', 'b');
    await until('the new one to be asked', async () => (await lab.client.call('/')).body === 'b');
    expect(await first?.end('SIGTERM')).toBe(0);
    await lab.sees('b');
    for (let at = 0; at < 10; at++) expect((await lab.client.call('/')).servedBy).toBe(second.url);
  }, 120_000);

  test('a start under the same id takes the place of one that was killed, before that is taken for dead', async () => {
    const [lab, [first]] = await Lab.make(await place(), 'a');
    await first?.end('SIGKILL');
    const again = await lab.start('a');
    await until('the new address', () => lab.discovery.instances(SERVICE)[0]?.url === again.url);
    expect(lab.discovery.instances(SERVICE)).toHaveLength(1);
    expect((await lab.client.call('/')).servedBy).toBe(again.url);
  }, 120_000);
}
