import type { GroupStanding } from '../../../core/mod.ts';
import { readersOf, sizeOf } from './lag.ts';
import { ourTopicSpecs } from './ours.ts';
import type { TopicAdmin, TopicDetails } from './port.ts';
import { count, table } from './table.ts';

interface ListedGroup {
  readonly group: string;
  readonly lag: number;
}

interface ListedTopic extends TopicDetails {
  readonly records: number;
  readonly groups: readonly ListedGroup[];
}

/** What `list` shows, and prints as JSON. */
export interface Listing {
  readonly topics: readonly ListedTopic[];
  /** Topics of ours that are not there. */
  readonly missing: readonly string[];
}

/** Our topics, or every topic of the log, with the groups that read them. */
export async function listTopics(admin: TopicAdmin, all: boolean): Promise<Listing> {
  const ours = ourTopicSpecs(1).map(({ name }) => name);
  // the groups first: what one commits after its topic's end was read would seem to be of another topic
  const groups = await admin.groups();
  const found = await admin.topics(all ? undefined : ours);
  const missing = ours.filter((name) => !found.some((topic) => topic.name === name));
  return { topics: found.map((topic) => listed(topic, groups)), missing };
}

function listed(topic: TopicDetails, groups: readonly GroupStanding[]): ListedTopic {
  const readers = readersOf(topic, groups).map(({ group, lag }) => ({ group, lag }));
  return { ...topic, records: sizeOf(topic), groups: readers };
}

/** The listing as a table, for people. */
export function showListing({ topics: found, missing }: Listing): string {
  const columns = [
    { title: 'TOPIC', align: 'left' },
    { title: 'PARTITIONS', align: 'right' },
    { title: 'RECORDS', align: 'right' },
    { title: 'REPLICATION', align: 'right' },
    { title: 'COMPACTED', align: 'left' },
    { title: 'GROUPS (LAG)', align: 'left' },
  ] as const;
  const rows = found.map((topic) => [
    topic.name,
    count(topic.partitions.length),
    count(topic.records),
    topic.replication === null ? '-' : count(topic.replication),
    topic.compacted === null ? '?' : topic.compacted ? 'yes' : 'no',
    topic.groups.map(({ group, lag }) => `${group} (${count(lag)})`).join(', ') || '-',
  ]);
  const hint =
    missing.length === 0
      ? []
      : ['', `Not there yet: ${missing.join(', ')}. bun run topics create makes them.`];
  return [...(rows.length === 0 ? [] : [table(columns, rows)]), ...hint].join('\n').trimStart();
}
