import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BrokerProcess, format } from './broker-process.ts';
import { kafkaJars } from './jars.ts';
import { classArchive, classPath, type Java } from './java.ts';
import { freePorts } from './ports.ts';
import { log4j, type Ports, type Settings, serverProperties } from './properties.ts';
import type { RedpandaProxy } from './redpanda-proxy.ts';
import { type Credentials, open, secure } from './security.ts';
import { coordinatorOf } from './wire.ts';
import { openWorkspace, type Workspace } from './workspace.ts';

interface ClusterOptions {
  /** How many; three keep three copies of each partition, of which two must be in sync. Default 1. */
  readonly brokers?: 1 | 3;
  /** Three work for minutes: then what starting takes longer for is worth it. Default false. */
  readonly longLived?: boolean;
  /** Settings of server.properties, over ours. */
  readonly settings?: Settings;
  /** Clients need TLS and a password: see `Cluster.secure`. */
  readonly secure?: boolean;
  /** With `secure`: more users, who may do nothing until an ACL says so; see `Cluster.superuser`. */
  readonly users?: readonly string[];
  /** Clients can ask only what Redpanda speaks: see `Cluster.refused`. Not with `secure`: the proxy can't read TLS. */
  readonly redpandaOnly?: boolean;
}

/** Apache Kafka brokers of one's own, numbered from 0; each is controller too. They end with this process at the latest. */
export interface Cluster {
  /** `host:port`, separated by commas. */
  readonly brokers: string;
  /** What a client needs to be let in, where the cluster is `secure`; else null. */
  readonly secure: Credentials | null;
  /** `host:port` of a listener without password or TLS, on which everything is allowed. */
  readonly superuser: string;
  /** Where `redpandaOnly`: what clients asked that Redpanda doesn't speak, as `Fetch v17`, each time that they did. */
  readonly refused: readonly string[];
  /** kill -9; resolves when the process is gone. */
  kill(broker: number): Promise<void>;
  /** SIGTERM, as an operator does; resolves when the process is gone. */
  stop(broker: number): Promise<void>;
  /**
   * Starts a killed or stopped broker again, on its data and ports; resolves when it serves: about 2 s after a stop, 5 s
   * after a kill, as its former session must end first (broker.session.timeout.ms, 3 s).
   */
  start(broker: number): Promise<void>;
  /** SIGSTOP: the broker keeps its connections and says nothing. */
  pause(broker: number): void;
  resume(broker: number): void;
  /** The process of a broker; null while it is not running. */
  pid(broker: number): number | null;
  /** Kills all and removes their data. */
  close(): Promise<void>;
}

/**
 * Starts brokers and waits until they serve groups and transactions (3 s for one, 8 s for three, on two cores). Needs Java 17; Maven too, the
 * first time. Throws, with the broker's log, when they don't start.
 */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const jars = await kafkaJars();
  const path = classPath(jars);
  const archived = await classArchive(jars, async (training) => {
    const cluster = await startWith({ classPath: path, options: training }, {});
    await cluster.stop(0);
    await cluster.close();
  });
  return startWith({ classPath: path, options: archived }, options);
}

async function startWith(java: Java, options: ClusterOptions): Promise<Cluster> {
  try {
    return await attempt(java, options);
  } catch (error) {
    // Someone else took a port between our look and the broker's bind.
    if (error instanceof Error && /Address already in use/i.test(error.message))
      return attempt(java, options);
    throw error;
  }
}

async function attempt(java: Java, options: ClusterOptions): Promise<Cluster> {
  if (options.secure === true && options.redpandaOnly === true)
    throw new RangeError('a cluster is either secure or redpandaOnly: the proxy cannot read TLS');
  const workspace = openWorkspace();
  const proxies: RedpandaProxy[] = [];
  const close = async (): Promise<void> => {
    await workspace.remove();
    await Promise.all(proxies.map((proxy) => proxy.close()));
  };
  try {
    return { ...(await startIn(workspace, proxies, java, options)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function startIn(
  workspace: Workspace,
  proxies: RedpandaProxy[],
  java: Java,
  options: ClusterOptions,
): Promise<Omit<Cluster, 'close'>> {
  const { brokers: count = 1, settings = {} } = options;
  const { directory } = workspace;
  const refused: string[] = [];
  const ports = await choosePorts(count);
  if (options.redpandaOnly === true) {
    // Loaded here only, as it brings a whole Kafka client with it.
    const { startRedpandaProxy } = await import('./redpanda-proxy.ts');
    for (const port of ports) {
      const proxy = await startRedpandaProxy(port.client, refused);
      proxies.push(proxy);
      port.advertised = proxy.port;
    }
  }
  const security = options.secure === true ? await secure(directory, options.users) : open;
  writeFileSync(join(directory, 'log4j2.xml'), log4j);
  for (const number of ports.keys()) {
    const data = join(directory, `data-${number}`);
    const properties = serverProperties(number, ports, data, { ...security.settings, ...settings });
    writeFileSync(join(directory, `broker-${number}.properties`), properties);
  }
  await format(workspace, java, count, security.scram);
  const processes = await startProcesses(workspace, java, ports, options.longLived === true);

  const broker = (number: number): BrokerProcess => {
    const found = processes[number];
    if (found === undefined) throw new RangeError(`there is no broker ${number}: they are 0 to ${count - 1}`);
    return found;
  };
  return {
    brokers: ports.map(({ advertised }) => `127.0.0.1:${advertised}`).join(','),
    secure: security.credentials,
    superuser: `127.0.0.1:${ports[0]?.internal}`,
    refused,
    kill: (number) => broker(number).end('SIGKILL'),
    stop: (number) => broker(number).end('SIGTERM'),
    start: async (number) => {
      broker(number).spawn();
      await broker(number).answers([number]);
    },
    pause: (number) => broker(number).signal('SIGSTOP'),
    resume: (number) => broker(number).signal('SIGCONT'),
    pid: (number) => broker(number).pid,
  };
}

async function startProcesses(
  workspace: Workspace,
  java: Java,
  ports: readonly Ports[],
  isLongLived: boolean,
): Promise<BrokerProcess[]> {
  // Three are there to be killed, not for speed: they start in less time where nothing is optimized much.
  const sized = ports.length === 1 || isLongLived ? ['-Xmx1g'] : ['-Xmx512m', '-XX:TieredStopAtLevel=1'];
  const launch = { ...java, options: [...sized, ...java.options] };
  const processes = ports.map(
    ({ internal }, number) => new BrokerProcess(workspace, launch, number, `127.0.0.1:${internal}`),
  );
  for (const each of processes) each.spawn();
  await Promise.all(processes.map((each) => each.answers([...ports.keys()])));
  await coordinators(`127.0.0.1:${ports[0]?.internal}`);
  return processes;
}

async function choosePorts(count: number): Promise<{ -readonly [Key in keyof Ports]: Ports[Key] }[]> {
  const free = await freePorts(3 * count);
  return Array.from({ length: count }, (_, number) => {
    const [client = 0, internal = 0, controller = 0] = free.slice(3 * number);
    return { client, internal, controller, advertised: client };
  });
}

/** Has the internal topics of groups and transactions made, so that no test waits for them. */
async function coordinators(address: string): Promise<void> {
  for (const kind of [0, 1] as const) {
    for (const deadline = Date.now() + 30_000; ; ) {
      // Slow to answer, on a busy machine: asked again.
      if ((await coordinatorOf(address, kind, 'requite-ready').catch(() => null)) !== null) break;
      if (Date.now() > deadline) throw new Error(`no coordinator of kind ${kind} came up within 30 s`);
      await Bun.sleep(50);
    }
  }
}
