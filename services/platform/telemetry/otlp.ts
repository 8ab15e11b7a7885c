import type { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
import type { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { parseTraceparent } from '../../../core/mod.ts';
import type { TelemetrySettings } from '../config.ts';
import type { Send } from './export-queue.ts';
import { type LogLine, readLine } from './log-line.ts';
import type { RecentSpan, SpanKind } from './telemetry.ts';

type OtelSpan = Parameters<OTLPTraceExporter['export']>[0][number];
type OtelLog = Parameters<OTLPLogExporter['export']>[0][number];
type OtelResource = OtelSpan['resource'];
type OtelContext = ReturnType<OtelSpan['spanContext']>;

const SCOPE = { name: 'requite' };
const EXPORT_WITHIN_MS = 10_000;

/** OpenTelemetry's numbers. */
const KINDS: Readonly<Record<SpanKind, number>> = {
  internal: 0,
  server: 1,
  client: 2,
  producer: 3,
  consumer: 4,
};
const STATUS_UNSET = 0;
const STATUS_ERROR = 2;

type Configured = Pick<TelemetrySettings, 'otlpHeaders'> & { readonly otlpEndpoint: string };

/** Sends spans by OTLP over HTTP, with OpenTelemetry's own exporter, which is loaded only then. */
export async function openSpanExport({ otlpEndpoint, otlpHeaders }: Configured): Promise<Send<RecentSpan>> {
  const { OTLPTraceExporter: Exporter } = await import('@opentelemetry/exporter-trace-otlp-http');
  const exporter = new Exporter({
    url: `${otlpEndpoint.replace(/\/+$/, '')}/v1/traces`,
    headers: { ...otlpHeaders },
    timeoutMillis: EXPORT_WITHIN_MS,
  });
  const resources = new Resources();
  return (batch) =>
    settled((done) =>
      exporter.export(
        batch.map((each) => otelSpan(each, resources.of(each.service))),
        done,
      ),
    );
}

/** Sends lines of the log, as they were written, by OTLP over HTTP. */
export async function openLogExport({ otlpEndpoint, otlpHeaders }: Configured): Promise<Send<string>> {
  const { OTLPLogExporter: Exporter } = await import('@opentelemetry/exporter-logs-otlp-http');
  const exporter = new Exporter({
    url: `${otlpEndpoint.replace(/\/+$/, '')}/v1/logs`,
    headers: { ...otlpHeaders },
    timeoutMillis: EXPORT_WITHIN_MS,
  });
  const resources = new Resources();
  return (batch) => {
    const lines = batch.flatMap((each) => readLine(each) ?? []);
    return settled((done) =>
      exporter.export(
        lines.map((each) => otelLog(each, resources.of(each.service))),
        done,
      ),
    );
  };
}

interface Result {
  readonly code: number;
  readonly error?: Error;
}

function settled(run: (done: (result: Result) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    run(({ code, error }) => (code === 0 ? resolve() : reject(error ?? new Error('not taken'))));
  });
}

/** One resource a service: the exporter groups by identity. */
class Resources {
  readonly #known: Map<string, OtelResource> = new Map();

  of(service: string): OtelResource {
    const known = this.#known.get(service);
    if (known !== undefined) return known;
    const attributes = {
      'service.name': service,
      'service.namespace': 'requite',
      'process.pid': process.pid,
    };
    const made = {
      attributes,
      getRawAttributes: () => Object.entries(attributes),
    } as unknown as OtelResource;
    this.#known.set(service, made);
    return made;
  }
}

function contextOf(traceparent: string): OtelContext {
  const { traceId = '', spanId = '', sampled = false } = parseTraceparent(traceparent) ?? {};
  return { traceId, spanId, traceFlags: sampled ? 1 : 0 };
}

const hrTime = (ms: number): [number, number] => {
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.round((ms - seconds * 1000) * 1e6)];
};

function otelSpan(span: RecentSpan, resource: OtelResource): OtelSpan {
  const { name, kind, parent, startMs, endMs, attributes, failure } = span;
  return {
    name,
    kind: KINDS[kind],
    spanContext: () => contextOf(span.traceparent),
    ...(parent === null ? {} : { parentSpanContext: contextOf(parent) }),
    startTime: hrTime(startMs),
    endTime: hrTime(endMs),
    duration: hrTime(Math.max(0, endMs - startMs)),
    status: failure === null ? { code: STATUS_UNSET } : { code: STATUS_ERROR, message: failure },
    attributes,
    links: [],
    events: [],
    ended: true,
    resource,
    instrumentationScope: SCOPE,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

/** OpenTelemetry's severity numbers. */
const SEVERITIES: Readonly<Record<string, number>> = {
  trace: 1,
  debug: 5,
  info: 9,
  warn: 13,
  error: 17,
  fatal: 21,
};

function otelLog(line: LogLine, resource: OtelResource): OtelLog {
  const time = hrTime(Date.parse(line.time));
  // a line is of a trace, not of a span: OTLP takes the trace-id with the invalid span-id
  const context =
    line.traceId === null
      ? {}
      : { spanContext: { traceId: line.traceId, spanId: '0000000000000000', traceFlags: 0 } };
  return {
    hrTime: time,
    hrTimeObserved: time,
    severityText: line.level,
    severityNumber: SEVERITIES[line.level] ?? 0,
    body: line.message,
    attributes: attributesOf(line),
    resource,
    instrumentationScope: SCOPE,
    droppedAttributesCount: 0,
    ...context,
  } as OtelLog;
}

/** Its fields, as texts where they are no plain values. */
function attributesOf({ workflowId, fields }: LogLine): Record<string, string | number | boolean> {
  const entries = Object.entries(workflowId === null ? fields : { workflowId, ...fields });
  return Object.fromEntries(
    entries.map(([name, value]) => [
      name,
      typeof value === 'number' || typeof value === 'boolean' ? value : textOf(value),
    ]),
  );
}

const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
