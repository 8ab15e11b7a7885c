import { pino } from 'pino';
import pretty from 'pino-pretty';

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

/**
 * The root logger, on standard output. Field names are the nouns of the wire: workflowId, questionId, topic,
 * partition, offset. At info level nothing personal is logged: identifiers and counts, never payloads.
 */
export function createLogger(settings: LogSettings): Logger {
  const options = { level: settings.logLevel, base: { pid: process.pid } };
  if (settings.logFormat === 'json') {
    const formatters = { level: (label: string) => ({ level: label }) };
    return pino({ ...options, formatters, timestamp: pino.stdTimeFunctions.isoTime });
  }
  return pino(
    options,
    pretty({
      colorize: process.stdout.isTTY === true,
      translateTime: 'SYS:HH:MM:ss.l',
      ignore: 'pid,service',
      messageFormat: '{service}  {msg}',
      singleLine: true,
      sync: true,
    }),
  );
}
