import { type Job, type JobStore, TransportError } from '../../../core/mod.ts';
import {
  openPostgresJobStore,
  type PostgresJobStoreOptions,
} from '../../../services/platform/store/postgres/postgres-job-store.ts';

/** Stores of one test, closed after it. */
export class Stores {
  readonly #open: JobStore[] = [];

  open(url: string, options: PostgresJobStoreOptions = {}): JobStore {
    const store = openPostgresJobStore(url, options);
    this.#open.push(store);
    return store;
  }

  async close(): Promise<void> {
    await Promise.all(this.#open.splice(0).map((store) => store.close()));
  }
}

/** The `TransportError` that the promise is rejected with; anything else fails the test. */
export async function refusal(promise: Promise<unknown>): Promise<TransportError> {
  const outcome = await promise.catch((error: unknown) => error);
  if (outcome instanceof TransportError) return outcome;
  throw new Error('it was to be refused', { cause: outcome });
}

/** True once the call succeeds, for `until`; fails the test for anything but 'unavailable'. */
export async function succeeds(call: () => Promise<unknown>): Promise<boolean> {
  try {
    await call();
    return true;
  } catch (error) {
    if (error instanceof TransportError && error.code === 'unavailable') return false;
    throw error;
  }
}

/** The same address with other parts. */
export function address(
  url: string,
  parts: Partial<Pick<URL, 'username' | 'password' | 'pathname'>>,
): string {
  return Object.assign(new URL(url), parts).href;
}

export const changes = (...jobs: readonly Job[]): { readonly job: Job }[] =>
  jobs.map((each) => ({ job: each }));
