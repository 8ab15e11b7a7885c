import { canonicalJson, type Json } from '../messages/json.ts';
import type { CloudEvent } from './cloud-event.ts';
import { PARTICIPANTS, SENT_EVENTS, type SentEvent } from './event-types.ts';
import { type EventRule, isTarget } from './rules.ts';
import { sentOf } from './rules-check.ts';

/** How much of a kind of events a target takes: some, where a rule looks at the detail. */
type Reach = 'all' | 'some' | 'none';

/** What a change of the rules does to one target and one kind of events. */
interface ReachChange {
  readonly target: string;
  readonly source: string;
  readonly type: string;
  readonly before: Reach;
  readonly after: Reach;
  /** How many of the events that were looked at it would take anew, and how many no longer. */
  readonly gained: number;
  readonly lost: number;
}

export interface RulesDiff {
  /** Rules by name: what is new, gone, or not as it was, to any of the services. */
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
  /** What changes for whom; empty where the rules come to the same. */
  readonly reach: readonly ReachChange[];
  /** Targets that have not told their rules: they count as taking nothing now. */
  readonly silent: readonly string[];
}

/**
 * What it would do if these rules took the place of those that each service runs with, also counted over events that were
 * on the bus.
 */
export function diffRules(
  running: ReadonlyMap<string, readonly EventRule[]>,
  wanted: readonly EventRule[],
  events: readonly CloudEvent[],
): RulesDiff {
  const sets = [...running.values()];
  const known = new Map(sets.flat().map((rule) => [rule.name, rule]));
  const names = new Set(wanted.map(({ name }) => name));
  const isAsIn = (set: readonly EventRule[], rule: EventRule): boolean =>
    set.some((each) => each.name === rule.name && textOf(each) === textOf(rule));
  const kept = wanted.filter(({ name }) => known.has(name));
  return {
    added: wanted.filter(({ name }) => !known.has(name)).map(({ name }) => name),
    removed: [...known.keys()].filter((name) => !names.has(name)),
    changed: kept.filter((rule) => !sets.every((set) => isAsIn(set, rule))).map(({ name }) => name),
    reach: PARTICIPANTS.flatMap((target) =>
      SENT_EVENTS.flatMap((sent) => changeOf(target, sent, running.get(target) ?? [], wanted, events)),
    ),
    silent: PARTICIPANTS.filter((target) => !running.has(target)),
  };
}

const textOf = (rule: EventRule): string => canonicalJson(rule as unknown as Json);

function changeOf(
  target: string,
  sent: SentEvent,
  before: readonly EventRule[],
  after: readonly EventRule[],
  events: readonly CloudEvent[],
): readonly ReachChange[] {
  const { source, type } = sent;
  const these = events.filter((event) => event.source === source && event.type === type);
  const gained = these.filter((each) => !isTarget(before, target, each) && isTarget(after, target, each));
  const lost = these.filter((each) => isTarget(before, target, each) && !isTarget(after, target, each));
  const reach = { before: reachOf(before, target, sent), after: reachOf(after, target, sent) };
  if (reach.before === reach.after && gained.length + lost.length === 0) return [];
  return [{ target, source, type, ...reach, gained: gained.length, lost: lost.length }];
}

function reachOf(rules: readonly EventRule[], target: string, { source, type }: SentEvent): Reach {
  const taking = rules.filter(
    (rule) =>
      rule.targets.includes(target) &&
      sentOf(rule).some((sent) => sent.source === source && sent.type === type),
  );
  if (taking.length === 0) return 'none';
  return taking.some(({ pattern }) => pattern.detail === undefined) ? 'all' : 'some';
}
