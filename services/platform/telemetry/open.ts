import { Counter, type Registry } from 'prom-client';
import type { TelemetrySettings } from '../config.ts';
import type { Logger } from '../log.ts';
import { ExportQueue } from './export-queue.ts';
import { openSpanExport } from './otlp.ts';
import { SpanWindow } from './span-window.ts';
import type { RecentSpan, Telemetry } from './telemetry.ts';
import { telemetryOf } from './tracer.ts';

export interface TelemetryOptions {
  readonly settings: TelemetrySettings;
  readonly logger: Logger;
  /** Where it is counted; default: nowhere. */
  readonly metrics?: Registry;
}

/** The name of spans of nobody in particular. */
const PROCESS = 'requite';

/** Opens tracing. Nothing is loaded or sent before there is a span that somebody wants. */
export function openTelemetry({ settings, logger, metrics }: TelemetryOptions): Telemetry {
  const { tracing, traceRatio, otlpEndpoint, otlpHeaders } = settings;
  const counter =
    metrics === undefined
      ? null
      : new Counter({
          name: 'telemetry_spans_total',
          help: 'Spans by what became of them: recorded here; exported, or lost as the receiver did not take them.',
          labelNames: ['outcome'],
          registers: [metrics],
        });
  const queue =
    otlpEndpoint === null || !tracing
      ? null
      : new ExportQueue<RecentSpan>({
          what: 'spans',
          open: () => openSpanExport({ otlpEndpoint, otlpHeaders }),
          logger,
          counter,
        });
  return telemetryOf(PROCESS, { tracing, ratio: traceRatio, window: new SpanWindow(), queue, counter });
}
