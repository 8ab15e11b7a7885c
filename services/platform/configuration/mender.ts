import type { Logger } from '../log.ts';
import { pause } from '../pause.ts';
import { type Desk, settle } from './change.ts';

/** A writer that lives shows its change within this time. */
const GRACE_MS = 1_000;

/** Shows changes on `configuration` whose writers ended between writing them down and showing them. */
export class Mender {
  readonly #desk: Omit<Desk, 'pins'>;
  readonly #logger: Logger;
  readonly #stopping: AbortController = new AbortController();
  readonly #loop: Promise<void>;

  constructor(desk: Omit<Desk, 'pins'>, logger: Logger) {
    this.#desk = desk;
    this.#logger = logger;
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    let before: ReadonlySet<string> = new Set();
    while (!signal.aborted) {
      await pause(GRACE_MS, signal);
      const { book } = this.#desk;
      if (signal.aborted || !book.hasRead) continue;
      const open = book.unsettled();
      for (const { id, service, key, number } of open.filter((each) => before.has(each.id))) {
        try {
          await settle(this.#desk, service, key);
          this.#logger.info(
            { of: service, key, change: number, id },
            'showed a change that its writer had not',
          );
        } catch (error) {
          // the log is away, or others are at it: the next round looks again
          this.#logger.debug({ err: error, of: service, key }, 'could not show a change');
        }
      }
      before = new Set(open.map(({ id }) => id));
    }
  }
}
