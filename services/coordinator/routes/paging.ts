import { HttpProblem } from '../../platform/http/index.ts';

const invalidPage = (detail: string): HttpProblem =>
  new HttpProblem({ status: 400, code: 'invalid-page', detail });

/** Reads `?limit=`. */
export function pageLimit(text: string | undefined, most: number, fallback = 1_000): number {
  if (text === undefined) return fallback;
  const limit = /^[1-9]\d{0,6}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= most) return limit;
  throw invalidPage(`"limit" takes a whole number from 1 to ${most}.`);
}

/** Reads `?after=` as the number where the page before ended. */
export function pageStart(text: string | undefined): number {
  if (text === undefined) return 0;
  if (/^\d{1,7}$/.test(text)) return Number(text);
  throw invalidPage('"after" takes the number from "links.next" of the page before.');
}

/** Reads `?after=` as the offset of the record where the page before ended; -1 where there was none. */
export function logStart(text: string | undefined): number {
  if (text === undefined) return -1;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw invalidPage('"after" takes the number from "links.next" of the page before.');
}
