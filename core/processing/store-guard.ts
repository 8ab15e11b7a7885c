import { GiveUp, type LogLines } from './processor.ts';

/** Begins the mark of committed offsets that names the store of the jobs. */
const MARK = 'jobs:';

export interface StoreGuardOptions {
  readonly group: string;
  /** Names the job store, where another would not have its jobs. */
  readonly storeId: string | null;
  /** Goes on where the jobs are in another store, which is lost. */
  readonly acceptLostJobs: boolean;
  readonly logger: LogLines;
}

/**
 * The offsets say in which store the jobs are that belong to them. To go on with another would take their answers and
 * lose the jobs: a member that has another store gives up.
 */
export class StoreGuard {
  /** To be kept with the offsets that are committed. */
  readonly mark: string | undefined;
  readonly #options: StoreGuardOptions;
  #refusal: GiveUp | null = null;

  constructor(options: StoreGuardOptions) {
    this.#options = options;
    this.mark = options.storeId === null ? undefined : `${MARK}${options.storeId}`;
  }

  /** Looks at the marks of partitions that were gained. */
  inspect(marks: readonly string[]): void {
    const { mark } = this;
    const { group, acceptLostJobs, logger } = this.#options;
    const other = marks.find((each) => each.startsWith(MARK) && each !== mark);
    if (mark === undefined || other === undefined) return;
    if (!acceptLostJobs) {
      this.#refusal = new GiveUp(
        `the jobs of group ${group} are kept in another store (${other.slice(MARK.length)}; this is ` +
          `${mark.slice(MARK.length)}), and their answers would be lost here. Start with the JOB_STORE that they were ` +
          'begun with, and its DATA_DIR or POSTGRES_URL; engines on several machines need kafka or postgres. Where that ' +
          'store is lost for good, JOB_STORE_LOST=accept gives its jobs up.',
      );
    } else logger.warn({ store: other.slice(MARK.length) }, 'gave up the jobs of another store');
  }

  /** Throws `GiveUp` where the jobs are in another store. */
  check(): void {
    if (this.#refusal !== null) throw this.#refusal;
  }
}
