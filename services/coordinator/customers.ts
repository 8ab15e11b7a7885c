// The customers of a run as they come, one after the other, from whatever source.
import { IDENTIFIER_PATTERN, isWellFormed, MAX_RUN_SIZE } from '../../core/mod.ts';
import { complain, type Parsed } from './run-options.ts';

/** The longest customer identifier of a request, in UTF-16 units: `<run-id>_<customer>` must stay a workflow-id. */
export const MAX_CUSTOMER_LENGTH = 128;

/** A reply names at most so many of the request's duplicates. */
const MAX_DUPLICATES_NAMED = 100;

const identifierPattern = new RegExp(IDENTIFIER_PATTERN);

/** Each customer once, in the order of the first mention, at most `MAX_RUN_SIZE`. */
export class CustomerList {
  readonly #customers: Set<string> = new Set();
  readonly #duplicates: Set<string> = new Set();

  /** Takes one in, and says whether it is a new one. A complaint begins with what `where` gives. */
  add(item: unknown, where: () => string): Parsed<boolean> {
    const identifier = typeof item === 'number' && Number.isSafeInteger(item) ? String(item) : item;
    const problem = identifierProblem(identifier);
    if (problem !== null) return complain('invalid-identifier', `${where()} ${problem}.`);
    const customer = identifier as string;
    if (this.#customers.has(customer)) {
      if (this.#duplicates.size < MAX_DUPLICATES_NAMED) this.#duplicates.add(customer);
      return { ok: true, value: false };
    }
    if (this.#customers.size === MAX_RUN_SIZE) {
      const detail = `A run takes at most ${MAX_RUN_SIZE} customers: split it into several runs.`;
      return complain('too-many-identifiers', detail);
    }
    this.#customers.add(customer);
    return { ok: true, value: true };
  }

  get size(): number {
    return this.#customers.size;
  }

  identifiers(): readonly string[] {
    return [...this.#customers];
  }

  /** Those that came more than once, at most 100 of them. */
  duplicates(): readonly string[] {
    return [...this.#duplicates];
  }
}

/** Null for an identifier that can be billed; else what is wrong with it, without quoting it. */
function identifierProblem(item: unknown): string | null {
  if (typeof item === 'number') return 'is not a whole number that JSON carries exactly: send it as a string';
  if (typeof item !== 'string') return 'is neither a string nor a whole number';
  if (item === '') return 'is empty';
  if (item.length > MAX_CUSTOMER_LENGTH) return `is longer than ${MAX_CUSTOMER_LENGTH} characters`;
  if (!identifierPattern.test(item)) return 'has a control character';
  return isWellFormed(item) ? null : 'has half of a surrogate pair';
}
