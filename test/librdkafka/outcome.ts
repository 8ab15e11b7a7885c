/** How a case ended in another process. */
export interface Outcome {
  readonly name: string;
  /** What it threw, or null where it passed. */
  readonly failure: string | null;
  readonly ms: number;
}

/** Precedes an outcome, as runtimes and clients may print lines of their own. */
export const mark = 'requite-outcome:';

/** Precedes what a program asks of who started it. */
export const ask = 'requite-ask:';
