import type { Logger } from '../../../services/platform/log.ts';
import { openTelemetry, type Telemetry } from '../../../services/platform/telemetry/index.ts';

/** A logger that keeps what is said at info and warn. */
export function keeping(): { readonly logger: Logger; readonly said: string[] } {
  const said: string[] = [];
  const keep = (fields: object | string, message?: string): void => {
    said.push(message ?? String(fields));
  };
  const logger: Logger = {
    debug: () => undefined,
    info: keep,
    warn: keep,
    error: keep,
    child: () => logger,
    isLevelEnabled: () => true,
  };
  return { logger, said };
}

export interface Wanted {
  readonly tracing?: boolean;
  readonly ratio?: number;
  readonly endpoint?: string | null;
}

export function open({ tracing = true, ratio = 1, endpoint = null }: Wanted = {}): Telemetry {
  const settings = { tracing, traceRatio: ratio, otlpEndpoint: endpoint, otlpHeaders: {} };
  return openTelemetry({ settings, logger: keeping().logger }).of('tests');
}
