/**
 * Walks the registered cases on a runtime without a test runner, and says what became of them as one line of
 * JSON after a mark. Uses no global but `console`: it runs on Node, Deno and workerd alike.
 */
import type { Case } from '../harness.ts';

export interface Report {
  runtime: string;
  passed: string[];
  failed: { name: string; error: string }[];
  /** Whether the runtime lets a program make code from strings. */
  generatesCode: boolean;
}

/** Precedes the report, as runtimes and tests may print lines of their own. */
export const mark = 'requite-report:';

/** Runs the cases one after the other, in the order in which they were registered. */
export async function report(runtime: string, cases: readonly Case[]): Promise<Report> {
  const result: Report = { runtime, passed: [], failed: [], generatesCode: generatesCode() };
  for (const { name, run } of cases) {
    try {
      await run();
      result.passed.push(name);
    } catch (error) {
      result.failed.push({
        name,
        error: error instanceof Error ? (error.stack ?? error.message) : String(error),
      });
    }
  }
  return result;
}

function generatesCode(): boolean {
  try {
    return new Function('return true')() === true;
  } catch {
    return false; // Forbidden, which is what was asked.
  }
}

/** Finds the report in what a runtime printed; undefined when it never came that far. */
export function readReport(output: string): Report | undefined {
  const start = output.indexOf(mark);
  if (start === -1) return undefined;
  const rest = output.slice(start + mark.length);
  const end = rest.indexOf('\n');
  return JSON.parse(end === -1 ? rest : rest.slice(0, end)) as Report;
}
