import type { SeededRandom } from '../../story/seeded.ts';
import { until } from '../../support/until.ts';
import type { Brokers } from '../brokers.ts';
import type { Fleet, MemberSpec } from '../fleet.ts';
import type { Injected } from '../journal.ts';
import type { Fault } from '../lanes.ts';

const MEMBER_MS = 60_000;
const STAY_MS = 2_000;

export interface Joining {
  readonly fleet: Fleet;
  readonly brokers: Brokers;
  readonly group: string;
  readonly lanes: number;
  /** What an extra member of this name is started with. */
  readonly specOf: (name: string) => MemberSpec;
}

/** Extra engines that join the group and leave it again, as in a deployment: each moves partitions twice. */
export function joining({ fleet, brokers, group, lanes, specOf }: Joining): Fault {
  let joined = 0;
  const isMember = async (name: string): Promise<boolean> => (await brokers.membersOf(group)).has(name);
  return {
    kind: 'joins',
    lanes,
    restMs: lanes > 1 ? [0, 500] : [2_000, 6_000],
    inject: async (random) => {
      const spec = specOf(`joiner-${++joined}`);
      const { name } = spec;
      fleet.launch(spec);
      // nobody else may kill or freeze what we want to see leave
      fleet.hold(name);
      try {
        const isIn = await seen(`${name} to join`, () => isMember(name));
        await stay(random);
        const code = await fleet.end(name, 'SIGTERM');
        const isOut = await seen(`${name} to leave`, async () => !(await isMember(name)));
        return [
          {
            what: `${name} joins ${group}`,
            proof: isIn ? "the group's coordinator had it as a member" : null,
          },
          {
            what: `${name} leaves ${group}`,
            proof: isIn && isOut && code === '0' ? 'it ended with 0, and the group has it no more' : null,
          },
        ] satisfies Injected[];
      } finally {
        await fleet.end(name, 'SIGKILL');
        fleet.forget(name);
      }
    },
  };
}

const stay = ({ below }: SeededRandom): Promise<void> => Bun.sleep(below(STAY_MS));

/** Whether it came about; a broker that is away just now says nothing. */
const seen = (what: string, probe: () => Promise<boolean>): Promise<boolean> =>
  until(what, () => probe().catch(() => false), MEMBER_MS).catch(() => false);
