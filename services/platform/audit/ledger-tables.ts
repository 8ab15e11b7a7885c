// The question ledger in SQLite: what the log says of each workflow, and how many records were seen of each topic.
import type { Database } from 'bun:sqlite';
import {
  type AuditFact,
  foldFact,
  type IncomingRecord,
  NO_FACTS,
  readForAudit,
  readOrigin,
  topics,
  type WorkflowFacts,
} from '../../../core/mod.ts';

/** Changes with the tables, and with what the fold makes of a record. */
export const LEDGER_VERSION = 2;

// facts are about a kilobyte: a table without row-ids would give each a page of its own
export const LEDGER_DDL: string = `
  CREATE TABLE audit_workflows (workflow_id TEXT PRIMARY KEY, facts TEXT NOT NULL);
  CREATE TABLE audit_records (topic TEXT NOT NULL, outcome TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (topic, outcome)) WITHOUT ROWID;
  CREATE TABLE audit_letters (topic TEXT NOT NULL, reason TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (topic, reason)) WITHOUT ROWID;
`;

/** So many reasons of dead letters are told apart, whatever somebody writes into their headers. */
const MAX_REASONS = 1_000;

/** Folds a batch into the tables. Runs inside the caller's transaction. */
export function foldIntoLedger(db: Database, records: readonly IncomingRecord[], partitions: number): void {
  const seen = new Map<string, number>();
  const letters = new Map<string, number>();
  const facts: AuditFact[] = [];
  for (const record of records) {
    const read = readForAudit(record, partitions);
    const outcome = read.kind === 'fact' ? 'fact' : read.as;
    count(seen, `${record.topic} ${outcome}`);
    if (read.kind === 'fact') facts.push(read.fact);
    if (record.topic !== topics.deadLetters) continue;
    const { topic, reason } = readOrigin(record);
    count(letters, `${topic === '' ? 'unknown' : topic} ${reason}`);
  }
  foldWorkflows(db, facts);
  addCounts(db, 'audit_records', 'outcome', seen);
  addCounts(db, 'audit_letters', 'reason', letters);
}

const count = (counts: Map<string, number>, key: string): void =>
  void counts.set(key, (counts.get(key) ?? 0) + 1);

function foldWorkflows(db: Database, facts: readonly AuditFact[]): void {
  const known = factsOf(db, [...new Set(facts.map(({ workflowId }) => workflowId))]);
  for (const fact of facts)
    known.set(fact.workflowId, foldFact(known.get(fact.workflowId) ?? NO_FACTS, fact));
  const put = db.query(
    'INSERT INTO audit_workflows VALUES (?, ?) ON CONFLICT DO UPDATE SET facts = excluded.facts',
  );
  for (const [workflowId, folded] of known) put.run(workflowId, JSON.stringify(folded));
}

/** What is known of these workflows, by workflow-id. */
export function factsOf(db: Database, workflowIds: readonly string[]): Map<string, WorkflowFacts> {
  const select =
    'SELECT workflow_id, facts FROM audit_workflows WHERE workflow_id IN (SELECT value FROM json_each(?))';
  const rows = db.query<FactsRow, [string]>(select).all(JSON.stringify(workflowIds));
  return new Map(rows.map(({ workflow_id, facts }) => [workflow_id, JSON.parse(facts) as WorkflowFacts]));
}

interface FactsRow {
  readonly workflow_id: string;
  readonly facts: string;
}

/** Every workflow of the ledger, by workflow-id. */
export function* allFacts(db: Database): Generator<readonly [string, WorkflowFacts]> {
  for (const { workflow_id, facts } of db
    .query<FactsRow, []>('SELECT workflow_id, facts FROM audit_workflows ORDER BY workflow_id')
    .iterate())
    yield [workflow_id, JSON.parse(facts) as WorkflowFacts];
}

function addCounts(
  db: Database,
  table: 'audit_records' | 'audit_letters',
  column: 'outcome' | 'reason',
  counts: ReadonlyMap<string, number>,
): void {
  const upsert = db.query(
    `INSERT INTO ${table} VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count`,
  );
  const isKnown = db.query(`SELECT 1 FROM ${table} WHERE topic = ? AND ${column} = ?`);
  let rows = (db.query(`SELECT count(*) AS rows FROM ${table}`).get() as { rows: number }).rows;
  for (const [key, number] of counts) {
    const at = key.indexOf(' ');
    const [topic, name] = [key.slice(0, at), key.slice(at + 1)];
    const isNew = isKnown.get(topic, name) === null;
    if (isNew && rows >= MAX_REASONS) upsert.run('others', 'others', number);
    else upsert.run(topic, name, number);
    if (isNew) rows++;
  }
}

export interface RecordCount {
  readonly topic: string;
  /** Where its records ended, as far as one of them alone tells: 'fact' for those that are counted by workflow. */
  readonly outcome: string;
  readonly count: number;
}

/** How many records were seen. */
export function recordCounts(db: Database): readonly RecordCount[] {
  return db.query<RecordCount, []>('SELECT * FROM audit_records ORDER BY topic, outcome').all();
}

export interface LetterCount {
  readonly topic: string;
  readonly reason: string;
  readonly count: number;
}

/** How many dead letters there are, by the topic that they came from and the reason. */
export function letterCounts(db: Database): readonly LetterCount[] {
  return db.query<LetterCount, []>('SELECT * FROM audit_letters ORDER BY topic, reason').all();
}
