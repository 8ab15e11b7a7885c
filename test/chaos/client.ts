// A client that asks for bill runs all the while, and asks again with the same run-id where it does not know.
import type { PlannedRun } from './plan.ts';

const ATTEMPT_MS = 15_000;
const AGAIN_MS = 200;
/** After so long it takes the matter up: nobody waits for ever. */
const PATIENCE_MS = 300_000;
const IN_FLIGHT = 24;

export interface Accepted {
  readonly run: PlannedRun;
  /** In the order of the run's customers, as the coordinator has named them. */
  readonly workflowIds: readonly string[];
}

export class Client {
  /** Runs that were answered with a 202. */
  readonly accepted: Accepted[] = [];
  /** What was refused, or answered in a way that can't be right, each in a sentence. */
  readonly complaints: string[] = [];
  /** Runs that nobody has answered for, in spite of all patience. */
  readonly unanswered: PlannedRun[] = [];
  acceptedWorkflows = 0;
  /** Attempts of which the outcome was not known. */
  retries = 0;
  readonly #urls: readonly string[];

  constructor(urls: readonly string[]) {
    this.#urls = urls;
  }

  /** Posts all runs, each at its time within `overMs`; resolves when each has its answer. */
  async post(runs: readonly PlannedRun[], overMs: number): Promise<void> {
    const beganAtMs = Date.now();
    const rest = runs.entries();
    const work = async (): Promise<void> => {
      for (const [at, run] of rest) {
        await Bun.sleep(Math.max(0, beganAtMs + run.at * overMs - Date.now()));
        await this.#postUntilAnswered(run, at);
      }
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, work));
  }

  async #postUntilAnswered(run: PlannedRun, at: number): Promise<void> {
    const giveUpAtMs = Date.now() + PATIENCE_MS;
    for (let attempt = 0; Date.now() < giveUpAtMs; attempt++) {
      const response = await this.#attempt(run, this.#urls[(at + attempt) % this.#urls.length] ?? '');
      if (response !== null && response.status !== 429 && response.status < 500) {
        this.#note(run, response);
        return;
      }
      this.retries++;
      await Bun.sleep(AGAIN_MS);
    }
    this.unanswered.push(run);
  }

  async #attempt(run: PlannedRun, url: string): Promise<{ status: number; body: unknown } | null> {
    const { runId, billDate, customerIdentifiers } = run;
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ runId, billDate, customerIdentifiers }),
        signal: AbortSignal.timeout(ATTEMPT_MS),
      });
      const text = await response.text();
      return { status: response.status, body: response.ok ? JSON.parse(text) : text };
    } catch {
      return null; // killed, frozen or cut off in the midst: the outcome is not known
    }
  }

  #note(run: PlannedRun, { status, body }: { status: number; body: unknown }): void {
    const { workflows = [] } = body as { workflows?: { workflowId: string; customerIdentifier: string }[] };
    if (status !== 202) {
      this.complaints.push(`run ${run.runId} was answered with ${status}: ${String(body).slice(0, 300)}`);
      this.unanswered.push(run);
      return;
    }
    const customers = workflows.map(({ customerIdentifier }) => customerIdentifier);
    if (!Bun.deepEquals(customers, [...run.customerIdentifiers]))
      this.complaints.push(`run ${run.runId} was accepted for other customers than were asked for`);
    this.acceptedWorkflows += customers.length;
    this.accepted.push({ run, workflowIds: workflows.map(({ workflowId }) => workflowId) });
  }
}
