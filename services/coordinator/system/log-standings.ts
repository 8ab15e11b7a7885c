// How far each consumer group is on each topic, as the log itself knows it: also of groups that have no member now.
import { type GroupStanding, TransportError } from '../../../core/mod.ts';
import type { Settings } from '../../platform/config.ts';
import { readersOf } from '../../platform/topics/lag.ts';
import { openLogAdmin } from '../../platform/topics/open.ts';
import { ourTopicSpecs } from '../../platform/topics/ours.ts';
import type { TopicAdmin, TopicDetails } from '../../platform/topics/port.ts';
import { withinMs } from '../../platform/view/within.ts';

/** A partition of a topic, as a group has read it. */
interface ReadPartition {
  readonly partition: number;
  /** The next offset that the group reads. */
  readonly next: number;
  /** The next offset that is written. */
  readonly end: number;
}

/** A topic that a group has committed something on. */
export interface ReadTopic {
  readonly topic: string;
  readonly lag: number;
  readonly partitions: readonly ReadPartition[];
}

export interface ReadGroup {
  readonly group: string;
  readonly topics: readonly ReadTopic[];
}

/** The groups that have committed something, by name; or why the log did not tell. */
export type StandingOfLog =
  | { readonly ok: true; readonly groups: readonly ReadGroup[] }
  | { readonly ok: false; readonly problem: string };

/** So long the log may take, in milliseconds. */
const WITHIN_MS = 3_000;

/** Asks the log for its groups; opened when first asked. */
export class LogStandings {
  readonly #settings: Pick<Settings, 'kafka' | 'dataDir' | 'eventBus'>;
  #admin: Promise<TopicAdmin> | null = null;
  #isClosed = false;

  constructor(settings: Pick<Settings, 'kafka' | 'dataDir' | 'eventBus'>) {
    this.#settings = settings;
  }

  /** Never rejects because the log is away. */
  async get(): Promise<StandingOfLog> {
    try {
      const asked = this.#groups();
      asked.catch(() => undefined); // where it fails too late for anybody to hear
      const groups = await withinMs(asked, WITHIN_MS);
      if (groups !== null) return { ok: true, groups };
      return { ok: false, problem: `The log did not answer within ${WITHIN_MS / 1_000} s.` };
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      return { ok: false, problem: error.message };
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const admin = this.#admin;
    this.#admin = null;
    await (await admin?.catch(() => null))?.close(); // one that could not be opened has nothing to close
  }

  async #groups(): Promise<readonly ReadGroup[]> {
    const admin = await this.#open();
    // the groups first: what one commits after its topic's end was read would seem to be of another topic
    const groups = await admin.groups();
    const names = ourTopicSpecs(1, this.#settings.eventBus).map(({ name }) => name);
    const found = await admin.topics(names);
    return groups.map((group) => readGroup(group, found)).toSorted(byName);
  }

  async #open(): Promise<TopicAdmin> {
    if (this.#isClosed) throw new TransportError('closed', 'The coordinator is stopping.');
    this.#admin ??= openLogAdmin(this.#settings);
    try {
      return await this.#admin;
    } catch (error) {
      this.#admin = null; // there may be one the next time
      throw error;
    }
  }
}

function byName(one: ReadGroup, other: ReadGroup): number {
  return one.group < other.group ? -1 : 1;
}

function readGroup(standing: GroupStanding, found: readonly TopicDetails[]): ReadGroup {
  const topics = found.flatMap((topic): ReadTopic[] => {
    const [reader] = readersOf(topic, [standing]);
    if (reader === undefined) return [];
    const partitions = topic.partitions.map(({ end }, partition) => ({
      partition,
      next: reader.next[partition] ?? end,
      end,
    }));
    return [{ topic: topic.name, lag: reader.lag, partitions }];
  });
  return { group: standing.group, topics };
}
