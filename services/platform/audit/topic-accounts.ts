import type { Database } from 'bun:sqlite';
import { AUDITED_TOPICS, type AuditTotals, type TopicStanding, topics } from '../../../core/mod.ts';
import { letterCounts, recordCounts } from './ledger-tables.ts';

/** Where the records of a topic ended, as far as the log can tell (invariant 6). */
export interface TopicAccount {
  readonly topic: string;
  /** Records that were read; of topics that an audit doesn't read: that lie on it, counted as offsets. */
  readonly records: number;
  /** How many of them ended as what; empty where they were not read. */
  readonly ended: Readonly<Record<string, number>>;
  /** Dead letters that name this topic as where they came from. */
  readonly deadLetters: number;
  /** Whether what they ended as comes to all of them. */
  readonly addsUp: boolean;
}

/** The accounts of the audited topics, then of every other topic that has records. */
export function topicAccounts(
  db: Database,
  totals: AuditTotals,
  standings: readonly TopicStanding[],
): readonly TopicAccount[] {
  const counts = recordCounts(db);
  const letters = letterCounts(db);
  const lettersFrom = (topic: string): number =>
    letters.reduce((sum, letter) => sum + (letter.topic === topic ? letter.count : 0), 0);
  const audited = AUDITED_TOPICS.map((topic): TopicAccount => {
    const own = counts.filter((each) => each.topic === topic);
    const records = own.reduce((sum, { count }) => sum + count, 0);
    const single = own
      .filter(({ outcome }) => outcome !== 'fact')
      .map(({ outcome, count }) => [outcome, count] as const);
    const ended =
      topic === topics.deadLetters
        ? { kept: records }
        : nonZero({ ...endedOf(topic, totals), ...Object.fromEntries(single) });
    const sum = Object.values(ended).reduce((all, count) => all + count, 0);
    return { topic, records, ended, deadLetters: lettersFrom(topic), addsUp: sum === records };
  });
  const others = standings.flatMap(({ name, partitions }): readonly TopicAccount[] => {
    const records = partitions.reduce((sum, { start, end }) => sum + end - start, 0);
    if (AUDITED_TOPICS.includes(name) || records === 0) return [];
    return [{ topic: name, records, ended: {}, deadLetters: lettersFrom(name), addsUp: true }];
  });
  return [...audited, ...others];
}

function endedOf(
  topic: string,
  { requests, asks, answers, reports }: AuditTotals,
): Readonly<Record<string, number>> {
  if (topic === topics.workflowQueue) return requests;
  if (topic === topics.questions) return asks;
  return topic === topics.answers ? answers : reports;
}

const nonZero = (counts: Readonly<Record<string, number>>): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
