// Who sends what to whom: from the lists of the ACLs and the rules of the choreography.
import { type EventRule, sentOf, topics } from '../../../core/mod.ts';
import { SERVICE_ACCESS } from '../../platform/topics/acls.ts';

/** Something that goes from one service to others by one name: a topic, or a kind of event. */
export interface Channel {
  readonly name: string;
  readonly senders: readonly string[];
  readonly receivers: readonly string[];
}

/** The bus as the lists of the ACLs name it. */
const LISTED_BUS = 'events';
/** Every group writes these, whatever it is: an arrow from everybody says nothing. */
const OF_ALL: readonly string[] = [topics.deadLetters, topics.deadLetterReplays];
/** Where the coordinator puts dead letters back, and sends nothing of its own. */
const PUT_BACK: readonly string[] = [topics.answers, topics.questions, topics.workflowEvents];

/** Every service that there may be, in the order of a message's way. */
export const knownServices: readonly string[] = SERVICE_ACCESS.map(({ service }) => service);

/** The service whose members a group has; null for a host of somebody's own. */
export function serviceOfGroup(group: string): string | null {
  return SERVICE_ACCESS.find(({ groups }) => groups.some((each) => each.group === group))?.service ?? null;
}

/** Whether a group does its work once, so that nobody has to read on. */
export function isOnce(group: string): boolean {
  return SERVICE_ACCESS.some(({ groups }) =>
    groups.some((each) => each.group === group && each.isOnce === true),
  );
}

/** The topics between services. Left out is what moves records home, and what every process does. */
export function topicChannels(eventBus: string): readonly Channel[] {
  const channels = new Map<string, { senders: Set<string>; receivers: Set<string> }>();
  const channelOf = (topic: string) => {
    const name = topic === LISTED_BUS ? eventBus : topic;
    const channel = channels.get(name) ?? { senders: new Set(), receivers: new Set() };
    channels.set(name, channel);
    return channel;
  };
  for (const { service, groups, reads, writes } of SERVICE_ACCESS) {
    const own = service === 'coordinator' ? writes.filter((topic) => !PUT_BACK.includes(topic)) : writes;
    for (const topic of [...groups.flatMap(({ sends }) => sends), ...own])
      if (!OF_ALL.includes(topic)) channelOf(topic).senders.add(service);
    for (const topic of [...groups.flatMap((each) => each.reads), ...reads])
      if (!OF_ALL.includes(topic)) channelOf(topic).receivers.add(service);
  }
  return [...channels].map(([name, { senders, receivers }]) => ({
    name,
    senders: [...senders],
    receivers: [...receivers],
  }));
}

/** The kinds of events, with who sends them and who reacts. */
export function eventChannels(rules: readonly EventRule[]): readonly Channel[] {
  const channels = new Map<string, { senders: Set<string>; receivers: Set<string> }>();
  for (const rule of rules) {
    for (const { sender, type } of sentOf(rule)) {
      const channel = channels.get(type) ?? { senders: new Set(), receivers: new Set() };
      channels.set(type, channel);
      channel.senders.add(sender);
      for (const target of rule.targets) channel.receivers.add(target);
    }
  }
  return [...channels].map(([name, { senders, receivers }]) => ({
    name,
    senders: [...senders],
    receivers: [...receivers],
  }));
}

/** The channels as far as these services are at one of their ends. */
export function channelsOf(services: readonly string[], channels: readonly Channel[]): readonly Channel[] {
  return channels.flatMap((channel) => {
    const senders = channel.senders.filter((each) => services.includes(each));
    const receivers = channel.receivers.filter((each) => services.includes(each));
    return senders.length + receivers.length === 0 ? [] : [{ ...channel, senders, receivers }];
  });
}
