import type { TelemetrySettings } from '../config.ts';
import type { Logger, LogSink } from '../log.ts';
import { ExportQueue } from './export-queue.ts';
import { LogWindow } from './log-window.ts';
import { openLogExport } from './otlp.ts';

/** Where the lines of a process go beside standard output: the recent window, and OTLP where that is set. */
export interface CentralLogs extends LogSink {
  readonly window: LogWindow;
  /** Sends what is left, within a few seconds. */
  close(): Promise<void>;
}

export function openCentralLogs({
  otlpEndpoint,
  otlpHeaders,
}: Pick<TelemetrySettings, 'otlpEndpoint' | 'otlpHeaders'>): CentralLogs {
  const window = new LogWindow();
  if (otlpEndpoint === null)
    return { window, take: (line) => window.take(line), close: async () => undefined };
  // what it says of a receiver that is away goes to standard error: a line of the log would be one more to send
  const logger: Pick<Logger, 'info' | 'warn'> = {
    info: (_fields, message) => void process.stderr.write(`${message ?? ''}\n`),
    warn: (fields, message) => void process.stderr.write(`${message}: ${JSON.stringify(fields)}\n`),
  };
  const open = (): ReturnType<typeof openLogExport> => openLogExport({ otlpEndpoint, otlpHeaders });
  const queue = new ExportQueue<string>({ what: 'log lines', open, logger, counter: null });
  return {
    window,
    take: (line) => {
      window.take(line);
      queue.add(line);
    },
    close: () => queue.close(),
  };
}
