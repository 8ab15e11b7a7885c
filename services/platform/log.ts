import { type DestinationStream, pino } from 'pino';
import pretty from 'pino-pretty';
import { activeTraceFields } from './telemetry/active.ts';

/** What we ask of a logger: a pino logger is one. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object | string, message?: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(fields: Readonly<Record<string, unknown>>): Logger;
  isLevelEnabled(level: string): boolean;
}

export interface LogSettings {
  readonly logLevel: string;
  /** `pretty` for people, `json` for machines. */
  readonly logFormat: 'pretty' | 'json';
}

/** Takes each line that is logged, as JSON, beside standard output. */
export interface LogSink {
  take(line: string): void;
}

/**
 * The root logger, on standard output. Field names are the nouns of the wire: workflowId, questionId, topic,
 * partition, offset; traceId where a trace is active. At info level nothing personal is logged: identifiers and counts, never payloads.
 */
export function createLogger(settings: LogSettings, sink?: LogSink): Logger {
  const options = { level: settings.logLevel, base: { pid: process.pid }, mixin: activeTraceFields };
  if (settings.logFormat === 'json') {
    const formatters = { level: (label: string) => ({ level: label }) };
    const json = { ...options, formatters, timestamp: pino.stdTimeFunctions.isoTime };
    return pino(json, beside(pino.destination(1), sink));
  }
  const forPeople = pretty({
    colorize: process.stdout.isTTY === true,
    translateTime: 'SYS:HH:MM:ss.l',
    ignore: 'pid,service,traceId',
    messageFormat: '{service}  {msg}',
    singleLine: true,
    sync: true,
  });
  return pino(options, beside(forPeople, sink));
}

/** The stream, and the sink beside it. */
function beside(stream: DestinationStream, sink: LogSink | undefined): DestinationStream {
  if (sink === undefined) return stream;
  return {
    write: (line) => {
      stream.write(line);
      sink.take(line);
    },
  };
}
