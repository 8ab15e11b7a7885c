import { MAX_PROBLEM_CODE_LENGTH, MAX_PROBLEM_MESSAGE_LENGTH } from '../messages/schemas.ts';
import type { Problem } from './job.ts';

/** A problem that fits its schema on the wire, whatever a definition made of it: a report must be readable. */
export function problemOf(code: unknown, message: unknown): Problem {
  const text = String(code).slice(0, MAX_PROBLEM_CODE_LENGTH);
  return {
    code: text === '' ? 'unknown' : text,
    message: String(message).slice(0, MAX_PROBLEM_MESSAGE_LENGTH),
  };
}

/** What was thrown, as text. Anything can be thrown, even what can't be made text. */
export function textOf(thrown: unknown): string {
  try {
    return thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  } catch {
    return 'something was thrown that has no text'; // its own toString threw: there is nothing more to tell
  }
}
