import type { WorkObserver } from '../../../core/mod.ts';
import type { Logger } from '../log.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { logRecords } from './record-log.ts';
import { RecordSpans } from './record-spans.ts';

/** Tells a processor's durable work: spans to the telemetry, where there is one, and records to the log. */
export function observing(logger: Logger, telemetry: Telemetry | undefined): WorkObserver {
  return {
    get tracing() {
      return telemetry?.tracing === true;
    },
    spans: (spans) => telemetry?.record(spans),
    batch: (group) => new RecordSpans(telemetry, group),
    published: (records) => logRecords(logger, records),
  };
}
