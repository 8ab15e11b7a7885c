// `bun run logs`: what all live processes have logged lately, merged by time.
import { parseArgs } from 'node:util';
import { durationMs } from '../../../core/mod.ts';
import type { Auth } from '../auth/index.ts';
import type { Discovery } from '../discovery/index.ts';
import { LEVELS, type LogLine } from '../telemetry/index.ts';
import { terminalLine } from '../terminal.ts';
import { UsageError } from '../topics/arguments.ts';
import { askAll, type Told } from './peers.ts';

export const logsUsage = `Usage: bun run logs [--trace ID] [--workflow ID] [--service NAME] [--level LEVEL] [--text TEXT]
                    [--since 5m] [--limit N] [--json] [--follow]

Asks every live process that shares DATA_DIR (or BROKERS) for what it has logged lately, and prints it by time.

--trace ID       lines of this trace (32 hexadecimal digits)
--workflow ID    lines of this workflow-id
--service NAME   lines of this service, such as orders-service
--level LEVEL    no less severe than this: ${LEVELS.join(', ')}
--text TEXT      lines with this text, upper or lower case
--since 5m       no older than this
--limit N        at most so many, the latest; default 1000
--json           a line of JSON each
--follow         goes on with what comes, until Ctrl-C

Each process keeps about its last 10,000 lines. Who does not answer is named, and the exit code is then 1.
`;

export interface LogsCommand {
  readonly query: Readonly<Record<string, string>>;
  readonly sinceMs: number | null;
  readonly json: boolean;
  readonly follow: boolean;
  readonly help: boolean;
}

/** Reads the command line; `nowMs` is what --since counts from. Throws `UsageError`. */
export function readLogsArguments(words: readonly string[], nowMs: number): LogsCommand {
  const { values } = parsed(words);
  const { trace, workflow, service, level, text, since, limit } = values;
  if (trace !== undefined && !/^[0-9a-f]{32}$/.test(trace))
    throw new UsageError('--trace takes a trace-id: 32 hexadecimal digits in lower case');
  if (level !== undefined && !LEVELS.some((each) => each === level))
    throw new UsageError(`--level takes one of ${LEVELS.join(', ')}`);
  if (limit !== undefined && !/^[1-9]\d{0,3}$/.test(limit))
    throw new UsageError('--limit takes a whole number from 1 to 9999');
  const given = Object.entries({ trace, workflow, service, level, text, limit });
  const query = Object.fromEntries(
    given.flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
  return {
    query,
    sinceMs: since === undefined ? null : nowMs - sinceOf(since),
    json: values.json ?? false,
    follow: values.follow ?? false,
    help: values.help ?? false,
  };
}

function sinceOf(since: string): number {
  try {
    return durationMs(since);
  } catch (error) {
    // it is the option's value that is wrong, and the user's to mend
    throw new UsageError('--since takes a duration, such as 30s, 5m or 1h', { cause: error });
  }
}

function parsed(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      options: {
        trace: { type: 'string' },
        workflow: { type: 'string' },
        service: { type: 'string' },
        level: { type: 'string' },
        text: { type: 'string' },
        since: { type: 'string' },
        limit: { type: 'string' },
        json: { type: 'boolean' },
        follow: { type: 'boolean', short: 'f' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    // the parser's own words say what is wrong
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

export interface Searching {
  readonly discovery: Pick<Discovery, 'all'>;
  readonly auth: Pick<Auth, 'headers'>;
}

/** Asks all live processes once. The lines come by time; of several with one time, in the order of the processes. */
export async function searchLogs(
  { query, sinceMs }: Pick<LogsCommand, 'query' | 'sinceMs'>,
  searching: Searching,
): Promise<Told<LogLine>> {
  const since = sinceMs === null ? {} : { since: String(Math.max(0, Math.floor(sinceMs))) };
  const path = `/logs?${new URLSearchParams({ ...query, ...since })}`;
  const told = await askAll<LogLine>({ ...searching, path, own: null });
  const items = [...told.items].sort((one, other) =>
    one.time < other.time ? -1 : one.time > other.time ? 1 : 0,
  );
  return { ...told, items: items.slice(-Number(query.limit ?? 1000)) };
}

/** A line for people. */
export function lineText({ time, level, service, message, traceId, workflowId, fields }: LogLine): string {
  const more = Object.entries({ workflowId, traceId, ...fields }).flatMap(([name, value]) =>
    value === null || value === undefined
      ? []
      : [`${name}=${typeof value === 'string' && PLAIN.test(value) ? value : JSON.stringify(value)}`],
  );
  return terminalLine([time, level.toUpperCase().padEnd(5), service.padEnd(20), message, ...more].join(' '));
}

/** A value that needs no quotes: nobody can take a part of it for another field. */
const PLAIN = /^[^\s"=]+$/u;

/** Lines that were not shown before, where what is asked for overlaps: remembers the latest ones. */
export class NewLines {
  #seen: Set<string> = new Set();

  of(lines: readonly LogLine[]): readonly LogLine[] {
    const told = lines.map((line) => [JSON.stringify(line), line] as const);
    const fresh = told.filter(([text]) => !this.#seen.has(text));
    this.#seen = new Set(told.map(([text]) => text));
    return fresh.map(([, line]) => line);
  }
}
