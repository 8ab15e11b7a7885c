type Found<T> = T | undefined | null | false;

/** Waits until `probe` gives something; polls, and fails with what was awaited after `timeoutMs`. */
export async function until<T>(
  what: string,
  probe: () => Promise<Found<T>> | Found<T>,
  timeoutMs = 60_000,
): Promise<T> {
  for (const deadline = Date.now() + timeoutMs; ; ) {
    const found = await probe();
    if (found !== undefined && found !== null && found !== false) return found;
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain for ${what}`);
    await Bun.sleep(20);
  }
}
