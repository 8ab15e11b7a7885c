/** What a bill costs, as it was measured; processor times in µs. */
export interface Cost {
  readonly engineUs: number;
  readonly coordinatorUs: number;
  readonly crmUs: number;
  /** Of one broker without replicas. */
  readonly brokerUs: number;
  /** What is written to the log a bill, in bytes: of all records, and of those that coordinators read. */
  readonly writtenBytes: number;
  readonly reportBytes: number;
  /** What engines and CRMs read a bill, in bytes. */
  readonly readBytes: number;
}

/** What there is of everything; each has a default that the command line states. */
export interface Limits {
  /** Of a broker's machine. Our processes take a core each. */
  readonly cores: number;
  /** The part of a core, a network or a disk that is planned with. */
  readonly busy: number;
  /** A broker's, each way, in MB/s. */
  readonly networkMBs: number;
  readonly diskMBs: number;
  readonly replicas: number;
  /** So much of a leader's processor time a follower takes for the same records. */
  readonly followerPart: number;
  /** Partitions that a broker can have, with those that it follows. */
  readonly partitionsABroker: number;
  /** Of each topic, for an engine. */
  readonly partitionsAnEngine: number;
  /** Topics of a bill's way, the jobs' among them. */
  readonly topics: number;
  /** A consumer group has no more members. */
  readonly members: number;
  /** Each process tells each other one that it lives, once a second. */
  readonly heartbeatBytes: number;
  /** Processor time to read one of those. */
  readonly heartbeatUs: number;
}

/** Whether each coordinator folds every report (as it is), or they share them. */
export type View = 'whole' | 'shared';

/** A rate in bills/s that something allows, whatever else there is. */
interface Ceiling {
  readonly what: 'engines' | "the coordinator's view" | 'members of a group';
  readonly billsPerSecond: number;
}

/** What sets how many brokers there must be. */
type BrokerNeed = 'processor' | 'network in' | 'network out' | 'disk' | 'partitions' | 'replicas';

/** What so many engines would do. */
export interface OnPaper {
  readonly engines: number;
  /** Bills a second of all. */
  readonly billsPerSecond: number;
  /** The lowest first: what stops it from being more, and what would next. */
  readonly ceilings: readonly Ceiling[];
  readonly coordinators: number;
  readonly crms: number;
  readonly brokers: number;
  readonly brokersFor: BrokerNeed;
  readonly partitions: number;
  /** The part of each process's core that goes to the heartbeats of all. */
  readonly heartbeatPart: number;
}

const US_A_SECOND = 1_000_000;
const BYTES_A_MB = 1_000_000;

/** Computes what so many engines would do; nothing is measured here. */
export function onPaper(cost: Cost, limits: Limits, engines: number, view: View): OnPaper {
  const usable = limits.busy * US_A_SECOND;
  const ceilings = ceilingsOf(cost, limits, engines, view);
  const billsPerSecond = ceilings[0]?.billsPerSecond ?? 0;
  const needed = (us: number): number => Math.max(1, Math.ceil((billsPerSecond * us) / usable));
  // a view that each folds whole is kept by one; more would only serve more readers
  const coordinators = view === 'whole' ? 1 : needed(cost.coordinatorUs);
  const crms = needed(cost.crmUs);
  const partitions = engines * limits.partitionsAnEngine;
  const processes = engines + coordinators + crms;
  const loads = brokerLoads(cost, limits, { billsPerSecond, coordinators, processes, partitions, view });
  const [first] = loads;
  const [brokersFor, load] =
    first === undefined || first[1] <= limits.replicas ? (['replicas', limits.replicas] as const) : first;
  return {
    engines,
    billsPerSecond,
    ceilings,
    coordinators,
    crms,
    brokers: Math.ceil(load),
    brokersFor,
    partitions,
    heartbeatPart: (processes * limits.heartbeatUs) / US_A_SECOND,
  };
}

function ceilingsOf(cost: Cost, limits: Limits, engines: number, view: View): readonly Ceiling[] {
  const usable = limits.busy * US_A_SECOND;
  const anEngine = usable / cost.engineUs;
  const ceilings: Ceiling[] = [{ what: 'engines', billsPerSecond: engines * anEngine }];
  if (view === 'whole')
    ceilings.push({ what: "the coordinator's view", billsPerSecond: usable / cost.coordinatorUs });
  if (engines > limits.members)
    ceilings.push({ what: 'members of a group', billsPerSecond: limits.members * anEngine });
  return ceilings.toSorted((a, b) => a.billsPerSecond - b.billsPerSecond);
}

interface Demand {
  readonly billsPerSecond: number;
  readonly coordinators: number;
  readonly processes: number;
  readonly partitions: number;
  readonly view: View;
}

/** How many brokers each resource asks for, as fractions, the most first. */
function brokerLoads(
  cost: Cost,
  limits: Limits,
  { billsPerSecond, coordinators, processes, partitions, view }: Demand,
): readonly (readonly [BrokerNeed, number])[] {
  const { replicas, busy } = limits;
  const followers = replicas - 1;
  const beats = processes * limits.heartbeatBytes;
  const written = billsPerSecond * cost.writtenBytes + beats;
  const reports = billsPerSecond * cost.reportBytes * (view === 'whole' ? coordinators : 1);
  const out = billsPerSecond * cost.readBytes + reports + processes * beats + written * followers;
  const network = limits.networkMBs * BYTES_A_MB * busy;
  const brokerUs = cost.brokerUs * (1 + followers * limits.followerPart);
  const loads: readonly (readonly [BrokerNeed, number])[] = [
    ['processor', (billsPerSecond * brokerUs) / (limits.cores * busy * US_A_SECOND)],
    ['network in', (written * replicas) / network],
    ['network out', out / network],
    ['disk', (written * replicas) / (limits.diskMBs * BYTES_A_MB * busy)],
    ['partitions', (partitions * limits.topics * replicas) / limits.partitionsABroker],
  ];
  return loads.toSorted((a, b) => b[1] - a[1]);
}
