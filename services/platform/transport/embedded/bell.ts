import { closeSync, constants, type FSWatcher, openSync, watch, writeSync } from 'node:fs';

/** After a ring, and after each change found, it is asked so often for so long. */
const SOON_MS = 2;
const LIVELY_MS = 20;

/**
 * Wakes those who wait for records, in this process and in others. Whoever committed rings: one byte into a
 * small file that every process watches. The watch is only a hint; `hasChanged` is asked again and again while
 * somebody waits, for platforms where watches are lame. Bun leaves out what a watch tells within a millisecond of what it
 * has told before: so after each ring it is asked more often for a while.
 */
export class Bell {
  readonly #path: string;
  readonly #descriptor: number;
  readonly #hasChanged: () => boolean;
  readonly #fallbackPollMs: number;
  readonly #waiting = new Set<() => void>();
  #watcher: FSWatcher | null = null;
  #fallback: ReturnType<typeof setInterval> | null = null;
  #soon: ReturnType<typeof setInterval> | null = null;
  #livelyUntilMs = 0;

  /** `hasChanged`: whether another connection has committed since it was last asked. */
  constructor(path: string, hasChanged: () => boolean, fallbackPollMs: number) {
    this.#path = path;
    this.#descriptor = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o666);
    this.#hasChanged = hasChanged;
    this.#fallbackPollMs = fallbackPollMs;
    this.#watch();
  }

  /** Call after the commit: whoever looks once the bell has rung sees what was committed. */
  ring(): void {
    this.wake();
    try {
      writeSync(this.#descriptor, '.', 0);
    } catch {
      // A full disk may have no room for the one byte. What was committed is there: the others find it by looking.
    }
  }

  /** Wakes those who wait in this process. */
  wake(): void {
    for (const resume of [...this.#waiting]) resume();
  }

  /** Resolves when somebody rings, or after so many milliseconds. Look for records, then wait at once. */
  wait(waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const resume = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(resume);
        if (this.#waiting.size === 0) this.#stopFallback();
        resolve();
      };
      const timer = setTimeout(resume, waitMs);
      this.#waiting.add(resume);
      this.#fallback ??= setInterval(() => this.#look(), this.#fallbackPollMs);
    });
  }

  close(): void {
    this.wake();
    this.#watcher?.close();
    this.#stopSoon();
    closeSync(this.#descriptor);
  }

  #watch(): void {
    try {
      this.#watcher = watch(this.#path, { persistent: false }, () => this.#heard());
      this.#watcher.on('error', () => this.#watcher?.close());
    } catch {
      this.#watcher = null; // Out of watches, or a file system without: the fallback finds what was committed.
    }
  }

  #heard(): void {
    this.#livelyUntilMs = performance.now() + LIVELY_MS;
    this.#look();
    if (this.#soon !== null) return;
    this.#soon = setInterval(() => this.#lookOn(), SOON_MS);
    this.#soon.unref();
  }

  #lookOn(): void {
    if (this.#look()) this.#livelyUntilMs = performance.now() + LIVELY_MS;
    else if (performance.now() > this.#livelyUntilMs) this.#stopSoon();
  }

  /** Whether something has changed for those who wait: then they are awake. */
  #look(): boolean {
    if (this.#waiting.size === 0 || !this.#hasChanged()) return false;
    this.wake();
    return true;
  }

  #stopSoon(): void {
    if (this.#soon !== null) clearInterval(this.#soon);
    this.#soon = null;
  }

  #stopFallback(): void {
    if (this.#fallback !== null) clearInterval(this.#fallback);
    this.#fallback = null;
  }
}
