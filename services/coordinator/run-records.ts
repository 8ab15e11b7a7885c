// The records of `billing-runs`, read.
import { Value } from '@sinclair/typebox/value';
import {
  BillRun,
  BillRunPart,
  billWorkflowId,
  decode,
  type IncomingRecord,
  isWellFormed,
  MAX_ID_LENGTH,
  partitionFor,
  WorkflowMessage,
} from '../../core/mod.ts';

/** A record of `billing-runs`: a run, a part of one, or something that is skipped and counted by its reason. */
export type RunRecord =
  | { readonly kind: 'run'; readonly run: BillRun }
  | { readonly kind: 'part'; readonly part: BillRunPart }
  | { readonly kind: 'skip'; readonly reason: string };

const skip = (reason: string): RunRecord => ({ kind: 'skip', reason });

/**
 * Reads one record. Its key tells a run from a part, and must be the one that compaction needs; only the run's
 * own partition counts, because "the first in log order" means something only there.
 */
export function readRunRecord(record: IncomingRecord, partitions: number): RunRecord {
  if (typeof record.key !== 'string') return skip('missing-key');
  return record.key.includes('/') ? readPart(record, partitions) : readRun(record, partitions);
}

function readRun(record: IncomingRecord, partitions: number): RunRecord {
  const decoded = decode<BillRun>(record.value, BillRun);
  if (!decoded.ok) return skip(decoded.reason);
  const run = decoded.value;
  if (record.key !== run['run-id']) return skip('wrong-key');
  if ((run['workflow-type'] === undefined) !== (run.period === undefined)) return skip('invalid-message');
  if (partitionFor(run['run-id'], partitions) !== record.partition) return skip('misplaced');
  const isTime = Value.Check(WorkflowMessage.properties['create-time'], run['create-time']);
  return isTime ? { kind: 'run', run } : skip('invalid-message');
}

function readPart(record: IncomingRecord, partitions: number): RunRecord {
  const decoded = decode<BillRunPart>(record.value, BillRunPart);
  if (!decoded.ok) return skip(decoded.reason);
  const part = decoded.value;
  if (record.key !== `${part['run-id']}/${part['content-hash']}/${part.part}`) return skip('wrong-key');
  if (partitionFor(part['run-id'], partitions) !== record.partition) return skip('misplaced');
  const fits = part.identifiers.every((identifier) => {
    return isWellFormed(identifier) && billWorkflowId(part['run-id'], identifier).length <= MAX_ID_LENGTH;
  });
  return fits ? { kind: 'part', part } : skip('invalid-message');
}
