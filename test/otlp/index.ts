/**
 * An OTLP receiver that is not ours: the OpenTelemetry Collector's own, built by Go from the module proxy. It is built
 * once (about a minute) into `.tmp/`; a test that wants it waits for that.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePorts } from '../broker/ports.ts';
import { until } from '../support/until.ts';

const source = join(import.meta.dir, 'receiver');
const BUILD_WITHIN_MS = 9 * 60_000;

/** Why there is no receiver here; null where there is one. */
export const noReceiver: string | null =
  spawnSync('go', ['version']).status === 0 ? null : 'no OTLP receiver here: install Go 1.25';

/** A span as the receiver took it. Times in milliseconds since 1970. */
export interface TakenSpan {
  readonly service: string;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  /** '' for a root. */
  readonly parentSpanId: string;
  readonly kind: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly isFailed: boolean;
}

/** A log line as the receiver took it. */
interface TakenLine {
  readonly service: string;
  readonly body: string;
  readonly severity: string;
  readonly traceId: string;
}

export interface OtlpReceiver {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly url: string;
  spans(traceId: string): readonly TakenSpan[];
  lines(): readonly TakenLine[];
  stop(): Promise<void>;
}

/** Starts a receiver of one's own; where it was not built yet, builds it. */
export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const program = await built();
  const directory = mkdtempSync(join(tmpdir(), 'requite-otlp-'));
  const file = join(directory, 'taken.jsonl');
  const [port = 0] = await freePorts(1);
  // it ends with its standard input, so also when this process is killed
  const child = spawn(program, [`127.0.0.1:${port}`, file], { stdio: ['pipe', 'ignore', 'inherit'] });
  const url = `http://127.0.0.1:${port}`;
  // not listening yet: nobody answers
  await until('the OTLP receiver to listen', async () => (await fetch(url).catch(() => null)) !== null);
  const taken = (): readonly Taken[] =>
    readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line.endsWith('}'))
      .map((line) => JSON.parse(line) as Taken);
  return {
    url,
    spans: (traceId) =>
      taken()
        .flatMap(spansIn)
        .filter((span) => span.traceId === traceId),
    lines: () => taken().flatMap(linesIn),
    stop: async () => {
      const ended = new Promise((done) => child.once('exit', done));
      child.stdin?.end();
      await ended;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function built(): Promise<string> {
  const hash = createHash('sha256');
  for (const name of ['main.go', 'go.mod', 'go.sum']) hash.update(readFileSync(join(source, name)));
  const folder = resolve(import.meta.dir, '../../.tmp', `otlp-receiver-${hash.digest('hex').slice(0, 12)}`);
  const program = join(folder, 'receiver');
  if (existsSync(program)) return program;
  mkdirSync(folder, { recursive: true });
  const partial = join(folder, `receiver-${process.pid}`);
  const child = Bun.spawn(['go', 'build', '-o', partial, '.'], {
    cwd: source,
    stdout: 'inherit',
    stderr: 'inherit',
    timeout: BUILD_WITHIN_MS,
  });
  if ((await child.exited) !== 0)
    throw new Error('go could not build the OTLP receiver: what it says is above');
  renameSync(partial, program);
  return program;
}

interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string };
}

interface Taken {
  readonly resourceSpans?: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly Readonly<Record<string, unknown>>[] }[];
  }[];
  readonly resourceLogs?: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeLogs: readonly { readonly logRecords: readonly Readonly<Record<string, unknown>>[] }[];
  }[];
}

const serviceOf = ({ attributes }: { readonly attributes: readonly Attribute[] }): string =>
  attributes.find(({ key }) => key === 'service.name')?.value.stringValue ?? '';

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

function spansIn({ resourceSpans = [] }: Taken): readonly TakenSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        service: serviceOf(resource),
        name: text(span.name),
        traceId: text(span.traceId),
        spanId: text(span.spanId),
        parentSpanId: text(span.parentSpanId),
        kind: Number(span.kind),
        startMs: Number(span.startTimeUnixNano) / 1e6,
        endMs: Number(span.endTimeUnixNano) / 1e6,
        isFailed: (span.status as { code?: number } | undefined)?.code === 2,
      })),
    ),
  );
}

function linesIn({ resourceLogs = [] }: Taken): readonly TakenLine[] {
  return resourceLogs.flatMap(({ resource, scopeLogs }) =>
    scopeLogs.flatMap(({ logRecords }) =>
      logRecords.map((line) => ({
        service: serviceOf(resource),
        body: text((line.body as { stringValue?: string } | undefined)?.stringValue),
        severity: text(line.severityText),
        traceId: text(line.traceId),
      })),
    ),
  );
}
