import type { TelemetrySettings } from '../config.ts';
import type { Logger } from '../log.ts';
import type { Telemetry } from './telemetry.ts';

export interface TelemetryOptions {
  readonly settings: TelemetrySettings;
  readonly logger: Logger;
}

export function openTelemetry(_options: TelemetryOptions): Telemetry {
  return {
    active: () => null,
    within: (_traceparent, run) => run(),
    span: (_name, _options, run) => run(null),
    headersOf: ({ headers: { traceparent } }) => (traceparent === undefined ? {} : { traceparent }),
    close: async () => undefined,
  };
}
