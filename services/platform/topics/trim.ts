import { orderTopics, TransportError, topics } from '../../../core/mod.ts';
import { UsageError } from './arguments.ts';
import type { TopicReader } from './lag.ts';
import { ourTopicSpecs } from './ours.ts';
import { planTrim, type TopicPlan, TRIMMED_BY_DEFAULT } from './plan.ts';
import type { TopicAdmin, TopicDetails } from './port.ts';
import { count, plural } from './table.ts';

export interface TrimOptions {
  /** Null: those that are trimmed by default. */
  readonly topics: readonly string[] | null;
  /** Needed groups that this deployment does not have. */
  readonly without: readonly string[];
}

/** What is read outside of any group, so that no commit says when it is done with. */
const READ_OTHERWISE: Readonly<Record<string, string>> = {
  [topics.workflowEvents]:
    "the coordinator's views and bills restore read it from its start: they will not know what is deleted",
  [orderTopics.orders]:
    "the Orders service's views read it from its start where their file is lost: they will not know what is deleted",
  [topics.deadLetters]: 'what it holds is evidence, and nothing else keeps it',
};

/**
 * Decides for each topic what a trim would delete. Throws `UsageError` for compacted topics, and `TransportError`
 * ('unknown-topic') for those that were asked for and are not there.
 */
export async function planTrims(admin: TopicAdmin, options: TrimOptions): Promise<readonly TopicPlan[]> {
  const names = options.topics ?? TRIMMED_BY_DEFAULT;
  refuseCompacted(ourTopicSpecs(1).filter(({ name, compacted }) => compacted && names.includes(name)));
  // the groups first: what they commit after this only makes us delete less than we could
  const groups = await admin.groups();
  const found = await admin.topics(names);
  refuseCompacted(found.filter(({ compacted }) => compacted));
  const missing = names.filter((name) => !found.some((topic) => topic.name === name));
  if (missing.length > 0 && options.topics !== null)
    throw new TransportError(
      'unknown-topic',
      `There is no topic ${missing.join(', ')}. See bun run topics list.`,
    );
  return found.map((topic: TopicDetails) => planTrim(topic, groups, options.without));
}

function refuseCompacted(compacted: readonly { readonly name: string }[]): void {
  if (compacted.length === 0) return;
  const names = compacted.map(({ name }) => name).join(', ');
  throw new UsageError(
    `${names}: compacted topics are not trimmed. They keep the last record of each key, which is what views are made of.`,
  );
}

/** Carries the plans out. */
export async function carryOut(admin: TopicAdmin, plans: readonly TopicPlan[]): Promise<void> {
  await admin.trim(plans.flatMap((plan) => (plan.kind === 'trim' ? plan.positions : [])));
}

/** What was done, or would be, a line for each topic. */
export function showPlans(plans: readonly TopicPlan[], dryRun: boolean): string {
  const width = Math.max(0, ...plans.map(({ topic }) => topic.length));
  return plans.map((plan) => `${plan.topic.padEnd(width)}  ${said(plan, dryRun)}`).join('\n');
}

/** The same as JSON. */
export function plansJson(plans: readonly TopicPlan[], dryRun: boolean): unknown {
  return {
    dryRun,
    topics: plans.map((plan) => {
      const { topic } = plan;
      if (plan.kind === 'protected') return { topic, deleted: 0, leftAlone: plan.reason };
      const keptFor = plan.keptFor.map(({ group, lag }) => ({ group, lag }));
      return { topic, deleted: plan.kind === 'trim' ? plan.deletes : 0, keptFor };
    }),
  };
}

/** What somebody should know who asked for these topics. */
export function warningsFor(plans: readonly TopicPlan[]): readonly string[] {
  return plans.flatMap(({ kind, topic }) => {
    const warning = READ_OTHERWISE[topic];
    return kind === 'trim' && warning !== undefined ? [`${topic}: ${warning}.`] : [];
  });
}

function said(plan: TopicPlan, dryRun: boolean): string {
  switch (plan.kind) {
    case 'trim': {
      const deleted = `${count(plan.deletes)} of ${plural(plan.records, 'record')}`;
      return `${dryRun ? `would delete ${deleted}` : `deleted ${deleted}`}${keptFor(plan.keptFor)}`;
    }
    case 'nothing':
      return `nothing to delete${keptFor(plan.keptFor)}`;
    case 'protected':
      return `left alone: ${plan.reason}`;
    default:
      return plan satisfies never;
  }
}

function keptFor(readers: readonly TopicReader[]): string {
  if (readers.length === 0) return '';
  const who = readers.map(({ group, lag }) => `${group} (${count(lag)} behind)`);
  return `; kept for ${who.join(', ')}`;
}
