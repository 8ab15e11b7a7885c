// The audit of one run: asked = answered = billed, and what is not as it should be.
import { type AuditTotals, addStanding, isException, noTotals, standingOf } from '../../core/mod.ts';
import { type AuditException, exceptionOf } from '../platform/audit/audit-log.ts';
import type { AuditLedger } from './audit-ledger.ts';
import type { RunQueries, RunRow, RunWorkflow } from './view/run-queries.ts';

/** A workflow of a run that was cancelled before it was published. */
const HELD = { state: 'cancelled', reason: 'its run was cancelled before it was published' } as const;

/** So many workflows are in memory at once. */
const CHUNK = 1_000;

export interface RunException extends AuditException {
  /** Its place in the run: where a page goes on. */
  readonly seq: number;
  readonly customerIdentifier: string;
}

export interface RunAudit {
  readonly totals: AuditTotals;
  /** One page of the exceptions, in the order of the request. */
  readonly exceptions: readonly RunException[];
  /** Whether there are more behind the page. */
  readonly hasMore: boolean;
}

/** Goes through a run's workflows, a thousand at a time; lists those after `after` that are exceptions, `limit` at most. */
export async function auditRun(
  run: RunRow,
  runs: RunQueries,
  ledger: Pick<AuditLedger, 'facts'>,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<RunAudit> {
  const totals = noTotals();
  const exceptions: RunException[] = [];
  let hasMore = false;
  for await (const workflows of chunksOf(run, runs)) {
    const facts = await ledger.facts(workflows.map(({ workflowId }) => workflowId));
    for (const { workflowId, seq, customerIdentifier, status } of workflows) {
      const known = facts.get(workflowId);
      const found = standingOf(workflowId, known);
      const standing = found.state === 'unknown' && status === 'cancelled' ? { ...found, ...HELD } : found;
      addStanding(totals, standing, known);
      if (seq <= after || !isException(standing)) continue;
      if (exceptions.length < limit) exceptions.push({ seq, customerIdentifier, ...exceptionOf(standing) });
      else hasMore = true;
    }
  }
  return { totals, exceptions, hasMore };
}

async function* chunksOf(run: RunRow, runs: RunQueries): AsyncGenerator<readonly RunWorkflow[]> {
  for (let seq = 0; seq < run.count; ) {
    const workflows = runs.workflows(run.runId, seq, CHUNK);
    const last = workflows.at(-1);
    if (last === undefined) return;
    yield workflows;
    seq = last.seq;
    await Bun.sleep(0); // others get their turn
  }
}
