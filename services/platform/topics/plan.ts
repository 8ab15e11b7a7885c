import { type GroupStanding, type Position, type TopicStanding, topics } from '../../../core/mod.ts';
import { readersOf, sizeOf, type TopicReader } from './lag.ts';

/**
 * What a trim takes where nothing else is asked for: topics that groups work off, and nobody reads again. Not among
 * them: what views fold from the start (billing-runs, customers, workflow-events), what is evidence (dead-letters), and
 * the topics of the orders ecosystem, which are the history of every order.
 */
export const TRIMMED_BY_DEFAULT: readonly string[] = [
  topics.workflowQueue,
  topics.questions,
  topics.answers,
  topics.workflowCommands,
];

/**
 * The groups of the billing lab that work a topic off. They may not have started yet, or have had nothing to commit:
 * until then another group's commit is no reason to delete what they have yet to read.
 */
export const NEEDED_GROUPS: Readonly<Record<string, string>> = {
  [topics.workflowQueue]: 'engine',
  [topics.answers]: 'engine',
  [topics.workflowCommands]: 'engine',
  [topics.questions]: 'crm',
  [topics.workflowEvents]: 'bill-writer',
};

/** What is to be done with one topic. */
export type TopicPlan =
  | {
      readonly kind: 'trim';
      readonly topic: string;
      readonly positions: readonly Position[];
      readonly deletes: number;
      readonly records: number;
      /** The groups that have not read everything, and so keep the rest. */
      readonly keptFor: readonly TopicReader[];
    }
  | { readonly kind: 'nothing'; readonly topic: string; readonly keptFor: readonly TopicReader[] }
  | { readonly kind: 'protected'; readonly topic: string; readonly reason: string };

/**
 * Decides what may be deleted: in each partition the records before the least offset of all groups that have committed
 * anything on the topic. `without` names needed groups that this deployment does not have.
 */
export function planTrim(
  topic: TopicStanding,
  groups: readonly GroupStanding[],
  without: readonly string[],
): TopicPlan {
  const { name } = topic;
  const records = sizeOf(topic);
  if (records === 0) return { kind: 'nothing', topic: name, keptFor: [] };
  const readers = readersOf(topic, groups);
  const needed = NEEDED_GROUPS[name];
  if (needed !== undefined && !without.includes(needed) && !readers.some(({ group }) => group === needed)) {
    const reason =
      `the group ${needed} has committed nothing on it, so all of it is yet to be read ` +
      `(--without ${needed} where nobody runs that group)`;
    return { kind: 'protected', topic: name, reason };
  }
  if (readers.length === 0)
    return { kind: 'protected', topic: name, reason: 'no group has committed anything on it' };
  const keptFor = readers.filter(({ lag }) => lag > 0);
  const positions = topic.partitions.flatMap(({ start }, partition) => {
    const offset = Math.min(...readers.map(({ next }) => next[partition] ?? start));
    return offset > start ? [{ topic: name, partition, offset }] : [];
  });
  if (positions.length === 0) return { kind: 'nothing', topic: name, keptFor };
  const starts = topic.partitions.map(({ start }) => start);
  const deletes = positions.reduce(
    (sum, { partition, offset }) => sum + offset - (starts[partition] ?? offset),
    0,
  );
  return { kind: 'trim', topic: name, positions, deletes, records, keptFor };
}
