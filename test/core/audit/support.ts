// Given what came to the core, when it has decided, then see what the audit makes of the log.
import { foldFact, NO_FACTS, type WorkflowFacts } from '../../../core/audit/facts.ts';
import type { Passed } from '../../../core/audit/faults.ts';
import { readForAudit } from '../../../core/audit/read.ts';
import { standingOf, type WorkflowStanding } from '../../../core/audit/states.ts';
import { type AuditTotals, addStanding, noTotals } from '../../../core/audit/totals.ts';
import type { IncomingRecord, OutgoingRecord } from '../../../core/messages/record.ts';
import { topics } from '../../../core/messages/topics.ts';
import type { AnyWorkflow } from '../../../core/workflow/definition.ts';
import { PARTITIONS, Scene } from '../workflow/support.ts';

/** All facts of these records, by workflow-id. */
export function factsOf(records: readonly IncomingRecord[]): Map<string, WorkflowFacts> {
  const facts = new Map<string, WorkflowFacts>();
  for (const record of records) {
    const read = readForAudit(record, PARTITIONS);
    if (read.kind !== 'fact') continue;
    const { workflowId } = read.fact;
    // as a store would have them: JSON there and back
    const known = JSON.parse(JSON.stringify(facts.get(workflowId) ?? NO_FACTS)) as WorkflowFacts;
    facts.set(workflowId, foldFact(known, read.fact));
  }
  return facts;
}

export function totalsOf(facts: ReadonlyMap<string, WorkflowFacts>): AuditTotals {
  const totals = noTotals();
  for (const [workflowId, known] of facts) addStanding(totals, standingOf(workflowId, known), known);
  return totals;
}

/** The core over a log that keeps everything, each topic with offsets of its own. */
export class AuditedScene {
  readonly scene: Scene;
  readonly log: IncomingRecord[] = [];
  readonly #offsets: Map<string, number> = new Map();

  constructor(...definitions: readonly AnyWorkflow[]) {
    this.scene = new Scene(definitions);
  }

  /** Puts records on the log, and has them decided. */
  when(...records: readonly IncomingRecord[]): void {
    const appended = records.map((record) => this.append(record));
    for (const record of this.scene.when(...appended).records) this.append(record);
  }

  tick(ms: number): void {
    for (const record of this.scene.tick(ms).records) this.append(record);
  }

  /** Puts a record on the log, and nobody takes it yet. */
  append(record: OutgoingRecord | IncomingRecord): IncomingRecord {
    const { topic, partition, key, value, headers = {} } = record;
    const place = `${topic}/${partition}`;
    const offset = this.#offsets.get(place) ?? 0;
    this.#offsets.set(place, offset + 1);
    const appended: IncomingRecord = { topic, partition, offset, key, value, headers, timestampMs: 0 };
    this.log.push(appended);
    return appended;
  }

  standing(workflowId: string, passed?: Passed): WorkflowStanding {
    return standingOf(workflowId, factsOf(this.log).get(workflowId), passed);
  }

  /** `step state` of each question of a workflow. */
  states(workflowId: string): readonly string[] {
    return this.standing(workflowId).questions.map(({ step, state }) => `${step} ${state}`);
  }

  get totals(): AuditTotals {
    return totalsOf(factsOf(this.log));
  }

  count(topic: string): number {
    return this.log.filter((record) => record.topic === topic).length;
  }

  get letters(): readonly IncomingRecord[] {
    return this.log.filter(({ topic }) => topic === topics.deadLetters);
  }
}
