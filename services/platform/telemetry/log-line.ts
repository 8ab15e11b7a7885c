/** A line of the log, as whoever searches has it. */
export interface LogLine {
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly level: string;
  readonly service: string;
  readonly message: string;
  readonly traceId: string | null;
  readonly workflowId: string | null;
  /** What else it says. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** From the least severe to the most. */
export const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type Level = (typeof LEVELS)[number];

/** The service of lines of nobody in particular. */
const PROCESS = 'requite';

/** Reads a line as pino writes it; null for what is none. */
export function readLine(line: string): LogLine | null {
  const said = objectOf(line);
  if (said === null) return null;
  const { time, level, service, msg, traceId, workflowId, pid: _pid, hostname: _host, ...fields } = said;
  return {
    time: new Date(typeof time === 'number' || typeof time === 'string' ? time : 0).toISOString(),
    level: levelOf(level),
    service: typeof service === 'string' ? service : PROCESS,
    message: typeof msg === 'string' ? msg : '',
    traceId: typeof traceId === 'string' ? traceId : null,
    workflowId: typeof workflowId === 'string' ? workflowId : null,
    fields,
  };
}

function objectOf(line: string): Record<string, unknown> | null {
  try {
    const said: unknown = JSON.parse(line);
    return typeof said === 'object' && said !== null ? (said as Record<string, unknown>) : null;
  } catch {
    // not a line of ours: nothing is lost by not finding it in a search
    return null;
  }
}

/** Pino's own levels are numbers: 10 for trace, 20 for debug and so on. */
function levelOf(level: unknown): string {
  if (typeof level === 'string') return level;
  return LEVELS[Math.round(Number(level) / 10) - 1] ?? 'info';
}
