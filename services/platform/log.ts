import { writeSync } from 'node:fs';
import { type DestinationStream, pino } from 'pino';
import pretty from 'pino-pretty';
import { activeTraceFields } from './telemetry/active.ts';
import { terminalLine, terminalText } from './terminal.ts';

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
    return pino(json, beside(standardOutput, sink));
  }
  const forPeople = pretty({
    colorize: process.stdout.isTTY === true,
    translateTime: 'SYS:HH:MM:ss.l',
    ignore: 'pid,service,traceId',
    messageFormat: '{service}  {msg}',
    singleLine: true,
    sync: true,
  });
  return pino(options, { write: (line) => tell(line, forPeople, sink) });
}

/** For people, what comes from outside is made to stand still before it is formatted; the sink has the line as it was. */
function tell(line: string, forPeople: DestinationStream, sink: LogSink | undefined): void {
  forPeople.write(`${JSON.stringify(still(JSON.parse(line) as unknown))}\n`);
  sink?.take(line);
}

/** A value in which no text moves the cursor or begins a line; a stack keeps its lines, which are indented. */
function still(value: unknown, name = ''): unknown {
  if (typeof value === 'string') return name === 'stack' ? terminalText(value) : terminalLine(value);
  if (Array.isArray(value)) return value.map((each) => still(each));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [terminalLine(key), still(each, key)]),
  );
}

const STANDARD_OUTPUT = 1;
/** How long a line waits for a pipe that is full, before it is offered again. */
const PIPE_RETRY_MS = 10;

/**
 * Standard output, line by line. Where it takes none (a file on a full disk, a pipe that nobody reads any more), lines
 * are lost and the service goes on: pino's own stream throws outside of everything there, and hangs at the end.
 */
const standardOutput: DestinationStream = {
  write: (line) => {
    const bytes = Buffer.from(terminalText(line)); // JSON, which says the same with its escapes
    for (let written = 0; written < bytes.length; ) {
      try {
        written += writeSync(STANDARD_OUTPUT, bytes, written);
      } catch (error) {
        // a full pipe will be read; anything else that refuses a line must not stop the work
        if ((error as { code?: unknown }).code !== 'EAGAIN') return;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PIPE_RETRY_MS);
      }
    }
  },
};

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
