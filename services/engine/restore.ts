import { topics } from '../../core/mod.ts';
import type { Backing } from '../platform/backing.ts';
import { DocumentFiles, type Written } from '../platform/document-files.ts';
import { billIn } from './bill-writer.ts';

export type Restored = Record<Written | 'refused', number>;

/**
 * Writes every bill of the log that has no file, and says how each stood. Files that are there are compared, never changed.
 * `onProgress` is told how many records of `workflow-events` are read, of how many.
 */
export async function restoreBills(
  backing: Backing,
  directory: string,
  onConflict: (workflowId: string) => void,
  onProgress: (done: number, total: number) => void = () => {},
): Promise<Restored> {
  const files = await DocumentFiles.open(directory, 'txt');
  const counts: Restored = { written: 0, unchanged: 0, conflict: 0, refused: 0 };
  const ends = await backing.transport.endOffsets(topics.workflowEvents);
  const reader = await backing.transport.read({ topics: [topics.workflowEvents], from: () => 0 });
  const isBefore = (end: number, partition: number): boolean =>
    reader.position(topics.workflowEvents, partition) < end;
  const sum = (numbers: readonly number[]): number => numbers.reduce((all, each) => all + each, 0);
  try {
    while (ends.some(isBefore)) {
      const read = ends.map((_, partition) => reader.position(topics.workflowEvents, partition));
      onProgress(sum(read), sum(ends));
      const records = await reader.poll({ maxRecords: 1000, waitMs: 1000 });
      const found = records.map(billIn).filter((bill) => bill !== null);
      counts.refused += found.filter((bill) => 'refused' in bill).length;
      const bills = found.filter((bill) => 'text' in bill);
      const written = await files.writeAll(bills.map(({ workflowId, text }) => ({ id: workflowId, text })));
      for (const [at, outcome] of written.entries()) {
        counts[outcome]++;
        if (outcome === 'conflict') onConflict(bills[at]?.workflowId ?? '');
      }
    }
  } finally {
    await reader.close();
  }
  return counts;
}
