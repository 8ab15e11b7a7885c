import { LEVELS, type Level, type LogLine, readLine } from './log-line.ts';

/** What is looked for; what is left out is not asked for. */
export interface LogQuery {
  readonly trace?: string | undefined;
  readonly workflow?: string | undefined;
  readonly service?: string | undefined;
  /** The least severe level. */
  readonly level?: Level | undefined;
  /** A part of the line, upper or lower case. */
  readonly text?: string | undefined;
  /** From this moment on, in milliseconds since 1970 UTC. */
  readonly sinceMs?: number | undefined;
  /** At most so many, the latest ones. */
  readonly limit: number;
}

const LINES_MAX = 10_000;
const CHARACTERS_MAX = 4 * 1024 * 1024;

/** The lines that were logged last: bounded, as text, read only when somebody asks. */
export class LogWindow {
  readonly #linesMax: number;
  readonly #charactersMax: number;
  #lines: string[] = [];
  /** Where the oldest line is; those before it are let go of. */
  #first = 0;
  #characters = 0;

  constructor(linesMax: number = LINES_MAX, charactersMax: number = CHARACTERS_MAX) {
    this.#linesMax = linesMax;
    this.#charactersMax = charactersMax;
  }

  take(line: string): void {
    this.#lines.push(line);
    this.#characters += line.length;
    while (
      this.#lines.length - this.#first > this.#linesMax ||
      (this.#characters > this.#charactersMax && this.#first < this.#lines.length)
    ) {
      this.#characters -= this.#lines[this.#first]?.length ?? 0;
      this.#first++;
    }
    if (this.#first <= this.#linesMax) return;
    this.#lines = this.#lines.slice(this.#first);
    this.#first = 0;
  }

  /** The latest lines that fit, the oldest first. */
  find(query: LogQuery): readonly LogLine[] {
    const found: LogLine[] = [];
    for (let at = this.#lines.length - 1; at >= this.#first && found.length < query.limit; at--) {
      const text = this.#lines[at] ?? '';
      if (!mayFit(text, query)) continue;
      const line = readLine(text);
      if (line !== null && fits(line, query)) found.push(line);
    }
    return found.reverse();
  }
}

/** Whether it is worth while to read the line. */
function mayFit(line: string, { trace, text }: LogQuery): boolean {
  if (trace !== undefined && !line.includes(trace)) return false;
  return text === undefined || line.toLowerCase().includes(text.toLowerCase());
}

function fits(line: LogLine, { trace, workflow, service, level, sinceMs }: LogQuery): boolean {
  if (trace !== undefined && line.traceId !== trace) return false;
  if (workflow !== undefined && line.workflowId !== workflow) return false;
  if (service !== undefined && line.service !== service) return false;
  if (level !== undefined && severity(line.level) < severity(level)) return false;
  return sinceMs === undefined || Date.parse(line.time) >= sinceMs;
}

const severity = (level: string): number => LEVELS.indexOf(level as Level);
