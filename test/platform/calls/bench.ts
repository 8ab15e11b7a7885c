/** Calls of a service whose instances are servers in this process, and whose clock the test moves. */
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { type Auth, openAuth } from '../../../services/platform/auth/index.ts';
import {
  CallFailed,
  type CallOptions,
  type CallPolicy,
  type Calls,
  openCalls,
  type ServiceClient,
} from '../../../services/platform/calls/index.ts';
import type { Discovery, Instance } from '../../../services/platform/discovery/index.ts';
import { openTelemetry, type Telemetry } from '../../../services/platform/telemetry/index.ts';
import { until } from '../../support/until.ts';

const SERVICE = 'shop-service';
const OFF = { tracing: false, traceRatio: 0, otlpEndpoint: null, otlpHeaders: {} };

type Handler = (request: Request) => Response | Promise<Response>;

/** One instance: an HTTP server that does what the test says, and counts. */
export class Server {
  readonly url: string;
  health = 'ready';
  startedAt = 'once';
  requests = 0;
  underWay = 0;
  readonly seen: {
    readonly method: string;
    readonly headers: Headers;
    readonly body: string;
    readonly port: number | undefined;
  }[] = [];
  handle: Handler = () => Response.json({ of: this.url });
  readonly #server: ReturnType<typeof Bun.serve>;

  constructor(port = 0) {
    this.#server = Bun.serve({
      port,
      hostname: '127.0.0.1',
      reusePort: false,
      idleTimeout: 0,
      fetch: async (request, server) => {
        this.requests++;
        this.underWay++;
        const { method, headers } = request;
        const port = server.requestIP(request)?.port;
        this.seen.push({ method, headers, body: await request.text(), port });
        try {
          return await this.handle(request);
        } finally {
          this.underWay--;
        }
      },
    });
    this.url = `http://127.0.0.1:${this.#server.port}`;
  }

  get port(): number {
    return this.#server.port ?? 0;
  }

  /** Keeps requests without an answer until it is thawed, as a frozen process does. */
  freeze(): () => void {
    let isFrozen = true;
    const { handle } = this;
    this.handle = async (request) => {
      await until('it to thaw', () => !isFrozen);
      return handle(request);
    };
    return () => {
      isFrozen = false;
    };
  }

  answers(status: number, body: unknown = {}): void {
    this.handle = () => Response.json(body, { status });
  }

  /** Closes, and breaks off what is under way. */
  async kill(): Promise<void> {
    await this.#server.stop(true);
  }
}

export interface BenchOptions {
  readonly addresses?: Record<string, string>;
  readonly isTimed?: boolean;
  readonly auth?: Pick<Auth, 'headers'>;
  readonly telemetry?: Partial<Telemetry>;
}

export class Bench {
  readonly servers: Server[] = [];
  readonly metrics: Registry = new Registry();
  readonly logged: { readonly msg: string; readonly reason?: string }[] = [];
  readonly calls: Calls;
  nowMs = 1_000_000;
  readiness = 'running';
  /** Which instances the registry knows; default: all servers. */
  known: (() => readonly Server[]) | null = null;

  /** With `addresses`, these are used; with `isTimed`, the clock is the test's. */
  constructor(options: BenchOptions = {}) {
    const write = (line: string): void => void this.logged.push(JSON.parse(line));
    const logger = pino({ level: 'debug' }, { write });
    this.calls = openCalls({
      discovery: this.#discovery(),
      telemetry: { ...openTelemetry({ settings: OFF, logger }), ...options.telemetry },
      auth: { ...openAuth({ oidc: null, logger }), ...options.auth },
      addresses: options.addresses ?? {},
      metrics: this.metrics,
      logger,
      ...(options.isTimed === true ? { nowMs: () => this.nowMs } : {}),
    });
  }

  start(count: number): Server[] {
    const started = Array.from({ length: count }, () => new Server());
    this.servers.push(...started);
    return started;
  }

  client(policy?: CallPolicy | (() => CallPolicy)): ServiceClient {
    return this.calls.to(SERVICE, policy);
  }

  /** What a call comes to: its answer's status, or the code of its failure. */
  async outcome(path = '/', options: CallOptions = {}): Promise<number | string> {
    try {
      return (await this.client().call(path, options)).status;
    } catch (error) {
      if (error instanceof CallFailed) return error.code;
      throw error;
    }
  }

  async outcomes(count: number, options: CallOptions = {}): Promise<(number | string)[]> {
    const all: (number | string)[] = [];
    for (let at = 0; at < count; at++) all.push(await this.outcome('/', options));
    return all;
  }

  async failure(path = '/', options: CallOptions = {}): Promise<CallFailed> {
    try {
      await this.client().call(path, options);
    } catch (error) {
      if (error instanceof CallFailed) return error;
      throw error;
    }
    throw new Error('the call did not fail');
  }

  async metric(line: string): Promise<string | undefined> {
    const lines = (await this.metrics.metrics()).split('\n');
    return lines.find((each) => each.startsWith(`${line} `))?.slice(line.length + 1);
  }

  async close(): Promise<void> {
    await this.calls.close();
    await Promise.all(this.servers.map((each) => each.kill()));
  }

  #discovery(): Discovery {
    const instance = (server: Server): Instance => ({
      ...{ service: SERVICE, instanceId: server.url, url: server.url, operationsUrl: null },
      ...{ startedAt: server.startedAt, version: '1', pid: null, health: server.health, data: {} },
    });
    return {
      operationsAt: () => undefined,
      announce: () => ({ beatNow: () => undefined, close: async () => undefined }),
      instances: () => (this.known?.() ?? this.servers).map(instance),
      all: () => this.servers.map(instance),
      onChange: () => () => undefined,
      settled: async () => true,
      readiness: () => this.readiness,
      close: async () => undefined,
    };
  }
}
