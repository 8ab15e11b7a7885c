/** Asks at most once in `forMs` milliseconds, however many want to know; also for those who come while it is asked. */
export function kept<T>(
  forMs: number,
  ask: () => Promise<T>,
  nowMs = () => performance.now(),
): () => Promise<T> {
  let latest: { readonly atMs: number; readonly answer: Promise<T> } | null = null;
  return () => {
    const now = nowMs();
    if (latest === null || now - latest.atMs >= forMs) latest = { atMs: now, answer: ask() };
    return latest.answer;
  };
}
