/** Several instances of a partitioned view in one process, each with its own HTTP server. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import {
  type IncomingRecord,
  MemoryLog,
  partitionFor,
  type Transport,
  TransportError,
} from '../../../core/mod.ts';
import { type Discovery, openDiscovery } from '../../../services/platform/discovery/index.ts';
import { HttpProblem, problemResponse, unavailable } from '../../../services/platform/http/problem.ts';
import {
  type Answered,
  type Database,
  isForwarded,
  openPartitionedView,
  type PartitionedView,
  type PartitionedViewOptions,
} from '../../../services/platform/view/index.ts';
import { until } from '../../support/until.ts';

const THINGS = 'things';
export const PARTITIONS = 6;
const HEARTBEAT_MS = 50;
export const TIMEOUT_MS = 500;

/** Keeps the last value of each key, and how many records came for it. */
export const fold = {
  version: 1,
  ddl: 'CREATE TABLE things (key TEXT PRIMARY KEY, value TEXT NOT NULL, times INTEGER NOT NULL)',
  apply: (db: Database, records: readonly IncomingRecord[]): void => {
    const put = db.query(
      'INSERT INTO things VALUES (?1, ?2, 1) ON CONFLICT DO UPDATE SET value = ?2, times = times + 1',
    );
    for (const { key, value } of records) put.run(String(key), String(value));
  },
};

export const keys = (count: number): string[] => Array.from({ length: count }, (_, at) => `key-${at}`);

/** How a test opens an instance; with heartbeats of its own, where it wants other ones. */
export interface InstanceOptions extends Partial<PartitionedViewOptions> {
  readonly heartbeatMs?: number;
  readonly instanceTimeoutMs?: number;
}

/** What a reader was opened with. */
interface Read {
  readonly topics: readonly string[];
  readonly partitions: readonly number[] | undefined;
  readonly from: number[];
}

/** A connection that can be cut, as when its machine is gone, and that notes its readers. */
class Line {
  readonly reads: Read[] = [];
  isCut = false;
  readonly transport: Transport;

  constructor(log: Transport) {
    const check = (): void => {
      if (this.isCut) throw new TransportError('unavailable', 'the line is cut');
    };
    const through = <A extends unknown[], R>(call: (...args: A) => Promise<R>) => {
      return async (...args: A): Promise<R> => {
        check();
        return call(...args);
      };
    };
    this.transport = {
      createTopics: through((specs) => log.createTopics(specs)),
      publish: through((records) => log.publish(records)),
      join: through((options) => log.join(options)),
      endOffsets: through((topic) => log.endOffsets(topic)),
      logId: through(() => log.logId()),
      close: () => log.close(),
      read: through(async (options) => {
        const { topics, partitions } = options;
        const from = (partitions ?? []).map((each) => options.from(topics[0] ?? '', each));
        this.reads.push({ topics, partitions, from });
        const reader = await log.read(options);
        return {
          poll: async (poll) => {
            check();
            const records = await reader.poll({ ...poll, waitMs: Math.min(poll.waitMs, 50) });
            check();
            return records;
          },
          position: (topic, partition) => reader.position(topic, partition),
          close: () => reader.close(),
        };
      }),
    };
  }

  /** Where reading of the view's topic began, by partition, of its last reader. */
  lastFrom(): Record<number, number> {
    const read = this.reads.findLast(({ topics }) => topics.includes(THINGS));
    return Object.fromEntries((read?.partitions ?? []).map((each, at) => [each, read?.from[at] ?? 0]));
  }
}

export interface Asked {
  readonly status: number;
  readonly value: unknown;
  readonly servedBy: string | null;
}

/** One instance: a view, and an HTTP server that answers for it. */
export class Instance {
  readonly line: Line;
  readonly url: string;
  readonly file: string;
  readonly logged: Record<string, unknown>[] = [];
  /** Requests that came from other instances. */
  forwarded = 0;
  /** Those of them that wait for their key. */
  waitedOn = 0;
  /** The headers of the last request of another instance. */
  lastHeaders: Headers | null = null;
  /** Requests that are under way. */
  answering = 0;
  /** While it is set, requests of others are kept without an answer, as by a frozen process. */
  isFrozen = false;
  readonly #server: ReturnType<typeof Bun.serve>;
  #view: PartitionedView | null = null;
  #discovery: Discovery | null = null;

  constructor(log: Transport, file: string) {
    this.line = new Line(log);
    this.file = file;
    this.#server = Bun.serve({
      port: 0,
      hostname: '127.0.0.1',
      reusePort: false,
      fetch: async (request) => {
        this.answering++;
        return this.#answer(request).finally(() => this.answering--);
      },
    });
    this.url = `http://127.0.0.1:${this.#server.port}`;
  }

  get view(): PartitionedView {
    if (this.#view === null) throw new Error('the instance is not open');
    return this.#view;
  }

  async open(options: InstanceOptions): Promise<void> {
    const { heartbeatMs = HEARTBEAT_MS, instanceTimeoutMs = TIMEOUT_MS, ...rest } = options;
    const write = (line: string): void => void this.logged.push(JSON.parse(line));
    const logger = pino({ level: 'debug' }, { write });
    const { transport } = this.line;
    this.#discovery = openDiscovery({ transport, logger, heartbeatMs, timeoutMs: instanceTimeoutMs });
    this.#view = await openPartitionedView({
      name: 'things',
      transport,
      topics: [THINGS],
      partitions: PARTITIONS,
      file: this.file,
      ...fold,
      url: this.url,
      standbyReplicas: 1,
      discovery: this.#discovery,
      avoidMs: heartbeatMs,
      logger,
      ...rest,
    });
  }

  /** A client's read at this instance. */
  async get(key: string, timeoutMs: number, signal?: AbortSignal): Promise<Asked> {
    const address = `${this.url}/things/${encodeURIComponent(key)}?timeout=${timeoutMs}`;
    const response = await fetch(address, signal === undefined ? {} : { signal });
    const value: unknown = await response.json();
    return { status: response.status, value, servedBy: response.headers.get('x-served-by') };
  }

  /** The view's own read, without its HTTP server. */
  query(key: string, timeoutMs: number, forwarded = false): Promise<Answered<unknown> | undefined> {
    const path = `/things/${encodeURIComponent(key)}`;
    return this.view.query({ key, timeoutMs, path, probe: () => this.value(key), forwarded });
  }

  value(key: string): string | undefined {
    const found = this.view.db.query('SELECT value FROM things WHERE key = ?').get(key);
    return (found as { value: string } | null)?.value;
  }

  owned(): readonly number[] {
    return this.view.instances().find(({ url }) => url === this.url)?.owned ?? [];
  }

  /** Dies: nothing goes in or out any more, and nobody is told. */
  async kill(): Promise<void> {
    this.line.isCut = true;
    await this.#server.stop(true);
  }

  async stop(): Promise<void> {
    await this.view.close();
    await this.#discovery?.close();
    await this.#server.stop(true);
  }

  async #answer(request: Request): Promise<Response> {
    const isFromOther = isForwarded(request);
    const { pathname, searchParams } = new URL(request.url);
    const timeoutMs = Number(searchParams.get('timeout'));
    if (isFromOther) {
      this.forwarded++;
      this.lastHeaders = request.headers;
    }
    if (isFromOther && timeoutMs > 0) this.waitedOn++;
    if (this.isFrozen) await until('it to thaw', () => !this.isFrozen);
    if (pathname === '/instances')
      return Response.json({
        readiness: this.view.readiness(),
        instances: this.view.instances(),
        waitedOn: this.waitedOn,
      });
    const key = decodeURIComponent(pathname.slice('/things/'.length));
    try {
      const found = await this.view.query({
        key,
        timeoutMs,
        path: pathname,
        probe: () => this.value(key),
        forwarded: isFromOther,
        signal: request.signal,
      });
      if (found === undefined) return Response.json('late', { status: 504 });
      return Response.json(found.value, { headers: { 'x-served-by': found.servedBy } });
    } catch (error) {
      if (error instanceof HttpProblem) return problemResponse(error);
      return problemResponse(unavailable('unavailable', String(error)));
    }
  }
}

/** A log and the instances of one view on it. */
export class Spread {
  readonly log: Transport;
  readonly directory: string = mkdtempSync(join(tmpdir(), 'requite-spread-'));
  readonly instances: Instance[] = [];

  private constructor(log: Transport) {
    this.log = log;
  }

  static async make(log?: Transport): Promise<Spread> {
    const spread = new Spread(log ?? new MemoryLog({ sleep: (ms) => Bun.sleep(ms), now: Date.now }));
    await spread.log.createTopics([
      { name: THINGS, partitions: PARTITIONS },
      { name: 'instances', partitions: PARTITIONS, compacted: true },
    ]);
    return spread;
  }

  /** Starts an instance; with a file of an earlier one it goes on from there. */
  async start(options: InstanceOptions & { log?: Transport } = {}): Promise<Instance> {
    const { log = this.log, ...rest } = options;
    const file = rest.file ?? join(this.directory, `${this.instances.length}.db`);
    const instance = new Instance(log, file);
    this.instances.push(instance);
    await instance.open({ ...rest, file });
    return instance;
  }

  /** Starts so many, and waits until each knows all and has its share. */
  async startAll(count: number, options: InstanceOptions = {}): Promise<Instance[]> {
    const started = await Promise.all(Array.from({ length: count }, () => this.start(options)));
    await settled(started);
    return started;
  }

  async publish(entries: readonly (readonly [key: string, value: string])[]): Promise<void> {
    await this.log.publish(
      entries.map(([key, value]) => ({
        topic: THINGS,
        partition: partitionFor(key, PARTITIONS),
        key,
        value,
      })),
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.instances.map((instance) => instance.stop()));
  }
}

/** Waits until these instances, and no others, share the partitions, and have their copies. */
export function settled(instances: readonly Instance[]): Promise<true> {
  const urls = instances.map(({ url }) => url).sort();
  const isSettled = ({ view }: Instance): boolean =>
    view.readiness() === 'running' &&
    view
      .instances()
      .map(({ url }) => url)
      .sort()
      .join() === urls.join();
  return until('the instances to know each other', () => instances.every(isSettled) || undefined);
}

/** A key that this instance owns. */
export function keyOf(instance: Instance, among: readonly string[] = keys(200)): string {
  const key = among.find((each) => instance.view.locate(each).kind === 'local');
  if (key === undefined) throw new Error('the instance owns none of the keys');
  return key;
}
