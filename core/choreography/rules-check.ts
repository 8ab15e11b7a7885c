import { Value } from '@sinclair/typebox/value';
import { misfit } from '../messages/decode.ts';
import { canonicalJson, type Json } from '../messages/json.ts';
import {
  EVENT_TYPES,
  PARTICIPANTS,
  type ParticipantName,
  participants,
  SENT_EVENTS,
  type SentEvent,
} from './event-types.ts';
import { impossibleParts, type Matcher, matchesPattern } from './pattern.ts';
import { type EventRule, EventRules } from './rules.ts';

/** Rules that can't be run with: the message lists all that is wrong, and what to do. */
export class EventRulesError extends Error {
  override readonly name = 'EventRulesError';
  readonly code: string = 'bad-event-rules';
  readonly flaws: readonly string[];

  constructor(flaws: readonly string[]) {
    super(
      `The rules of the choreography can't be run with:\n${flaws.map((flaw) => `- ${flaw}`).join('\n')}\nMend core/choreography/rules.ts, or the file that was named.`,
    );
    this.flaws = flaws;
  }
}

/** The rules, if they can be run with. Throws `EventRulesError`. */
export function checkedRules(value: unknown): readonly EventRule[] {
  if (!Value.Check(EventRules, value)) throw new EventRulesError([misfit(EventRules, value)]);
  const rules = value as readonly EventRule[];
  const flaws = [
    ...rules.flatMap(flawsOf),
    ...duplicatesOf(rules),
    ...untakenBy(rules),
    ...cyclesOf(rules).map(
      (cycle) => `${cycle.join(' → ')}: each would wake the next for ever; take one of them out of its rule`,
    ),
  ];
  if (flaws.length > 0) throw new EventRulesError(flaws);
  return rules;
}

const list = (names: readonly string[]): string => names.join(', ');

function flawsOf(rule: EventRule): readonly string[] {
  const { name, pattern, targets } = rule;
  const unknownTargets = targets.filter((each) => !PARTICIPANTS.some((known) => known === each));
  const unknownTypes = exactOf(pattern.type).filter((each) => !EVENT_TYPES.some((known) => known === each));
  const sources = SENT_EVENTS.map(({ source }) => source);
  const unknownSources = exactOf(pattern.source).filter((each) => !sources.includes(each));
  const flaws = [
    ...unknownTargets.map((each) => `there is no service "${each}": targets are ${list(PARTICIPANTS)}`),
    ...unknownTypes.map((each) => `there are no events of type "${each}": types are ${list(EVENT_TYPES)}`),
    ...unknownSources.map((each) => `"${each}" sends no events: sources are ${list(sources)}`),
    ...(new Set(targets).size < targets.length ? ['it names a target twice: once is enough'] : []),
    ...impossibleParts(pattern),
  ];
  if (flaws.length === 0 && sentOf(rule).length === 0)
    flaws.push(
      `nothing can ever fit it: ${SENT_EVENTS.map(({ source, type }) => `${source} sends ${type}`).join(', ')}`,
    );
  return flaws.map((flaw) => `rule "${name}": ${flaw}`);
}

const exactOf = (matchers: readonly Matcher[] = []): readonly string[] =>
  matchers.filter((each): each is string => typeof each === 'string');

/** The kinds of events that a rule may take, whatever their details. */
export function sentOf({ pattern }: EventRule): readonly SentEvent[] {
  const { detail: _, ...outside } = pattern;
  return SENT_EVENTS.filter(({ source, type }) => matchesPattern(outside, { source, type, data: null }));
}

function duplicatesOf(rules: readonly EventRule[]): readonly string[] {
  const flaws: string[] = [];
  const names = new Set<string>();
  const contents = new Map<string, string>();
  for (const { name, pattern, targets } of rules) {
    if (names.has(name)) flaws.push(`rule "${name}" is there twice: give one another name, or drop it`);
    names.add(name);
    for (const target of new Set(targets)) {
      const content = canonicalJson([pattern as unknown as Json, target]);
      const other = contents.get(content);
      if (other !== undefined && other !== name)
        flaws.push(`rules "${other}" and "${name}" send the same events to ${target}: drop it from one`);
      contents.set(content, name);
    }
  }
  return flaws;
}

/** Who sends what nobody takes, from the first who has something to say. */
function untakenBy(rules: readonly EventRule[]): readonly string[] {
  const taken = new Set(rules.flatMap((rule) => sentOf(rule).map(({ type }) => type)));
  return EVENT_TYPES.filter((type) => !taken.has(type)).map(
    (type) => `nobody takes events of type "${type}": name the type in a rule`,
  );
}

/** The targets that wake each other in a ring, each ring once. */
function cyclesOf(rules: readonly EventRule[]): readonly (readonly string[])[] {
  const wakes = (name: ParticipantName): readonly ParticipantName[] =>
    PARTICIPANTS.filter((target) =>
      rules.some(
        (rule) =>
          rule.targets.includes(target) &&
          sentOf(rule).some(({ sender, isReaction }) => sender === name && isReaction),
      ),
    );
  const cycles: ParticipantName[][] = [];
  const walk = (path: readonly ParticipantName[]): void => {
    const [first] = path;
    for (const next of wakes(path.at(-1) ?? 'orders-service')) {
      if (next === first) cycles.push([...path, next]);
      // each ring is found from its first member in the table alone
      else if (!path.includes(next) && PARTICIPANTS.indexOf(next) > PARTICIPANTS.indexOf(first ?? next))
        walk([...path, next]);
    }
  };
  for (const name of PARTICIPANTS) if (participants[name].sends.length > 0) walk([name]);
  return cycles;
}
