import type { Caller, CallOptions } from './call.ts';
import { afterIn, itemsOf } from './pages.ts';
import { routes } from './routes.ts';
import type { AcceptedJobCommand, Job, JobMessages, JobsPage, JobTrace, ListedJob } from './types.ts';

const PAGE = 1_000;

/** Jobs, by workflow-id. All methods throw `RequiteError`. */
export class Jobs {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** All jobs of this state, by workflow-id, with the reason. */
  list(
    status: 'parked' | 'failed' | 'cancelled',
    { signal }: CallOptions = {},
  ): AsyncGenerator<ListedJob, void, undefined> {
    return itemsOf(async (after) => {
      const query = { status, limit: PAGE, after };
      const { jobs, links } = await this.#caller.json<JobsPage, '/jobs', 'status' | 'limit' | 'after'>(
        routes.jobs,
        { query, signal },
      );
      return { items: jobs, after: afterIn(links) };
    });
  }

  /** What a job asked, what it waits for, and what came of it. */
  get(workflowId: string, { signal }: CallOptions = {}): Promise<Job> {
    return this.#caller.json(routes.job, { path: { workflowId }, signal });
  }

  /** What of a job happened when and where. */
  trace(workflowId: string, { signal }: CallOptions = {}): Promise<JobTrace> {
    return this.#caller.json(routes.jobTrace, { path: { workflowId }, signal });
  }

  /** Its messages as they lie on the topics, as far as they are found within a few seconds. */
  messages(workflowId: string, { signal }: CallOptions = {}): Promise<JobMessages> {
    return this.#caller.json(routes.jobMessages, { path: { workflowId }, signal });
  }

  /** Lets a parked job go on. A job that is not parked is a 409, `not-parked`. */
  retry(workflowId: string, { signal }: CallOptions = {}): Promise<AcceptedJobCommand> {
    return this.#caller.json(routes.retryJob, { path: { workflowId }, signal });
  }

  /** Ends a job that has not ended. One that has is a 409, `already-ended`. */
  cancel(workflowId: string, { signal }: CallOptions = {}): Promise<AcceptedJobCommand> {
    return this.#caller.json(routes.cancelJob, { path: { workflowId }, signal });
  }
}
