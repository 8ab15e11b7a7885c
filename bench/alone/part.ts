/** A part of the work, opened to be measured alone. */
export interface Part {
  /** Makes ready the work for bills `from` and up, so many; the work itself is what is measured. */
  prepare(from: number, count: number): () => Promise<void>;
  close(): Promise<void>;
}

/** So many of a bill's rows or files are one batch, as of the records that our loop polls. */
const BATCH = 1_000;

/** The bills in batches as our loop has them. */
export function batches<T>(
  from: number,
  count: number,
  made: (bill: number) => T,
): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(count / BATCH) }, (_, batch) =>
    Array.from({ length: Math.min(BATCH, count - batch * BATCH) }, (_, at) =>
      made(from + batch * BATCH + at),
    ),
  );
}

/** The workflow-ids of what is measured alone: as long as real ones. */
export const RUN_ID = '20260131-120000-alone56789';
