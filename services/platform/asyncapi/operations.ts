// Who sends and receives what, as the ACLs know it.
import { topics } from '../../../core/mod.ts';
import { jobsTopicOf } from '../store/kafka/jobs-topic.ts';
import { EVERY_PROCESS, SERVICE_ACCESS, type ServiceAccess } from '../topics/acls.ts';

/** How a service uses a topic. */
export interface Use {
  /** Its name in the catalogue; null: every process, whatever runs in it. */
  readonly service: string | null;
  readonly action: 'send' | 'receive';
  readonly topic: string;
  /** The consumer groups that do so; empty where it is done outside of any group. */
  readonly groups: readonly string[];
  readonly why: string;
}

/** The name under which the topics of jobs are one channel. */
export const JOBS = jobsTopicOf('{group}');

const VIEW = 'Reads the whole topic outside of any group, and folds it into a view of its own.';
const SENDS = 'Sends records of its own.';
const MOVES = 'Sends nothing of its own: moves records to their home partition that lie in another.';
const REFUSES = 'Sends on, as they came, records that it can’t process.';

/** The groups that keep jobs or states, in all services. */
export const jobGroups: readonly string[] = SERVICE_ACCESS.flatMap(({ groups }) =>
  groups.filter(({ keepsJobs }) => keepsJobs).map(({ group }) => group),
);

const outside = (action: Use['action'], topic: string): Omit<Use, 'service'> => ({
  action,
  topic,
  groups: [],
  why: action === 'send' ? SENDS : VIEW,
});

/** What every service does with every topic, each use once. */
export const topicUses: readonly Use[] = [
  ...EVERY_PROCESS.reads.map((topic): Use => ({ ...outside('receive', topic), service: null })),
  ...EVERY_PROCESS.writes.map((topic): Use => ({ ...outside('send', topic), service: null })),
  ...SERVICE_ACCESS.flatMap(usesOf),
];

function usesOf({ service, groups, reads, writes }: ServiceAccess): readonly Use[] {
  const use = (rest: Omit<Use, 'service'>): Use => ({ service, ...rest });
  const receivedBy = (topic: string): readonly string[] =>
    groups.filter((each) => each.reads.includes(topic)).map(({ group }) => group);
  const sentBy = (topic: string): readonly string[] =>
    groups.filter((each) => each.sends.includes(topic)).map(({ group }) => group);
  const received = distinct([...groups.flatMap((each) => each.reads), ...reads]).map((topic) => {
    const members = receivedBy(topic);
    const ways = [
      ...(members.length === 0
        ? []
        : [`Receives it in the ${members.length === 1 ? 'group' : 'groups'} ${members.join(', ')}.`]),
      ...(reads.includes(topic) ? [VIEW] : []),
    ];
    return use({ action: 'receive', topic, groups: members, why: ways.join(' ') });
  });
  const sent = distinct([...writes, ...groups.flatMap((each) => each.writes)]).map((topic) => {
    const members = sentBy(topic);
    const isOwn = members.length > 0 || writes.includes(topic);
    return use({ action: 'send', topic, groups: members, why: isOwn ? SENDS : MOVES });
  });
  const keepers = groups.filter(({ keepsJobs }) => keepsJobs).map(({ group }) => group);
  const kept: readonly Use[] =
    keepers.length === 0
      ? []
      : (['receive', 'send'] as const).map((action) =>
          use({ action, topic: JOBS, groups: keepers, why: 'Of its own groups, with JOB_STORE=kafka.' }),
        );
  const refused: readonly Use[] =
    groups.length === 0 ? [] : [use({ action: 'send', topic: topics.deadLetters, groups: [], why: REFUSES })];
  return [...received, ...sent, ...refused, ...kept];
}

function distinct(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}
