// kill -9, and freezes, of the services.
import type { SeededRandom } from '../../story/seeded.ts';
import { until } from '../../support/until.ts';
import type { Brokers } from '../brokers.ts';
import type { Fleet, MemberSpec } from '../fleet.ts';
import type { Injected } from '../journal.ts';
import type { Fault } from '../lanes.ts';
import type { FaultKind } from '../options.ts';

const DOWN_MS = 3_000;
const PUT_OUT_MS = 5_000;
/** Freezes of up to so long and more are done two at a time, or there would be few. */
const TWO_LANES_FROM_MS = 30_000;

/** kill -9 of one that runs the service (of any, where none is named), and a new start at once or after a while. */
export function killing(fleet: Fleet, kind: FaultKind, service?: string): Fault {
  return {
    kind,
    restMs: [2_000, 6_000],
    isCalm: true,
    inject: async (random) => {
      const victim = fleet.take(random, service === undefined ? {} : { service });
      if (victim === null) return null;
      try {
        return await kill(fleet, victim, random);
      } finally {
        fleet.release(victim);
      }
    },
  };
}

async function kill(fleet: Fleet, victim: MemberSpec, random: SeededRandom): Promise<Injected> {
  const { name } = victim;
  const pid = fleet.pidOf(name);
  const before = fleet.stateOf(name);
  const signal = await fleet.end(name, 'SIGKILL');
  const downMs = random.below(2) === 0 ? 0 : random.below(DOWN_MS);
  await Bun.sleep(downMs);
  fleet.launch(victim);
  const what = `kill -9 of ${name}, started again ${downMs === 0 ? 'at once' : `after ${downMs} ms`}`;
  const isProven = before === 'running' && signal === 'SIGKILL';
  // only one that is up again can be killed in the midst of something
  await fleet.isUp(name, 'live').catch(() => undefined);
  return { what, proof: isProven ? `pid ${pid} ran, and ended by SIGKILL` : null };
}

export interface Freezing {
  readonly fleet: Fleet;
  readonly brokers: Brokers;
  readonly sessionMs: number;
  readonly upToMs: number;
  /** The group in which a service's members are, to see whether it puts them out. */
  readonly groupOf: (service: string) => string | undefined;
}

/** Freezes that the group does not notice: shorter than a session. */
export function freezing({ fleet, sessionMs, upToMs }: Freezing): Fault {
  const longest = Math.min(upToMs, Math.floor(sessionMs * 0.7));
  return {
    kind: 'freeze',
    restMs: [1_000, 5_000],
    inject: (random) =>
      withSpare(fleet, random, async (victim) => {
        const frozenMs = 1_000 + random.below(Math.max(1, longest - 1_000));
        const stopped = await whileFrozen(fleet, victim, async () => {
          await Bun.sleep(frozenMs);
          return fleet.stateOf(victim.name) === 'stopped';
        });
        return {
          what: `${victim.name} frozen for ${frozenMs} ms`,
          proof: stopped ? 'the system had it as stopped' : null,
        };
      }),
  };
}

/** Freezes that outlive the session: when it wakes, another has its partitions. The second is as long as may be. */
export function zombies(freezing: Freezing): Fault {
  const { fleet, brokers, sessionMs, upToMs, groupOf } = freezing;
  const shortest = Math.min(upToMs, Math.ceil(sessionMs * 1.3));
  return {
    kind: 'zombie',
    lanes: upToMs > TWO_LANES_FROM_MS ? 2 : 1,
    restMs: [500, 3_000],
    inject: (random, count) =>
      withSpare(fleet, random, async (victim) => {
        const groups = victim.services.flatMap((service) => groupOf(service) ?? []);
        // who is out of the group when he is frozen is no zombie when he wakes
        if ((await memberships(brokers, groups, victim)) !== groups.length) return null;
        // most are not much longer than it takes: a few long ones are as good as many
        const part = (random.below(1_000) / 1_000) ** 3;
        const frozenMs = count === 1 ? upToMs : shortest + Math.floor(part * (upToMs - shortest));
        const outlive = (): Promise<string | null> => outliveSession(freezing, victim, frozenMs, groups);
        const proof = await whileFrozen(fleet, victim, outlive);
        return { what: `${victim.name} frozen for ${frozenMs} ms`, proof };
      }),
  };
}

async function outliveSession(
  { fleet, brokers }: Freezing,
  victim: MemberSpec,
  frozenMs: number,
  groups: readonly string[],
): Promise<string | null> {
  await Bun.sleep(frozenMs);
  const isOut = async (): Promise<boolean> => (await memberships(brokers, groups, victim)) === 0;
  const wasPutOut = await until('it to be put out of its group', isOut, PUT_OUT_MS).catch(() => false);
  if (!wasPutOut || fleet.stateOf(victim.name) !== 'stopped') return null;
  return `it was a member of ${groups.join(' and ')}, and put out while it was stopped`;
}

/** In how many of the groups it is; null where that can't be told just now. */
async function memberships(
  brokers: Brokers,
  groups: readonly string[],
  { name }: MemberSpec,
): Promise<number | null> {
  try {
    const found = await Promise.all(groups.map((group) => brokers.membersOf(group)));
    return found.filter((members) => members.has(name)).length;
  } catch {
    return null; // their coordinator is away
  }
}

/** One without which each of its services still runs elsewhere; null where there is none. */
async function withSpare(
  fleet: Fleet,
  random: SeededRandom,
  use: (victim: MemberSpec) => Promise<Injected | null>,
): Promise<Injected | null> {
  const victim = fleet.take(random, { spare: true });
  if (victim === null) return null;
  try {
    return await use(victim);
  } finally {
    fleet.release(victim);
  }
}

async function whileFrozen<T>(fleet: Fleet, { name }: MemberSpec, during: () => Promise<T>): Promise<T> {
  fleet.freeze(name);
  try {
    return await during();
  } finally {
    fleet.thaw(name);
  }
}
