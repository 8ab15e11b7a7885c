import { Value } from '@sinclair/typebox/value';
import { type IncomingRecord, JobReport } from '../../core/mod.ts';

/** What `workflow-events` says, where the same report may have come more than once. */
export interface Reported {
  /** The workflow-ids with a `completed`. */
  readonly completed: ReadonlySet<string>;
  /** The workflow-ids with a report that says again what one before it said. */
  readonly repeated: ReadonlySet<string>;
  /** Workflow-ids that completed in two revisions, or whose reports of one revision differ in more than their time. */
  readonly contradicted: readonly string[];
}

/**
 * Reads reports as anybody should who follows the topic: `workflow-id` and `revision` name a decision, and who sees
 * them again sees a repeat. A log beside its job store is written at least once, so repeats are no fault there;
 * what must hold is that they repeat: once, for a bill, means one revision that completed it, with one result.
 */
export function readReports(records: readonly IncomingRecord[]): Reported {
  const contents = new Map<string, string>();
  const completedIn = new Map<string, number>();
  const contradicted = new Set<string>();
  const repeated = new Set<string>();
  for (const { value } of records) {
    const { time: _, ...report } = Value.Parse(JobReport, JSON.parse(String(value)));
    const { 'workflow-id': workflowId, revision } = report;
    const content = JSON.stringify(report);
    const before = contents.get(`${revision} ${workflowId}`);
    if (before === content) repeated.add(workflowId);
    else if (before !== undefined) contradicted.add(workflowId);
    contents.set(`${revision} ${workflowId}`, content);
    if (!report.events.some(({ event }) => event === 'completed')) continue;
    if ((completedIn.get(workflowId) ?? revision) !== revision) contradicted.add(workflowId);
    completedIn.set(workflowId, revision);
  }
  return { completed: new Set(completedIn.keys()), repeated, contradicted: [...contradicted] };
}
