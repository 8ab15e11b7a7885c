/**
 * Brokers for tests, bench and people's machines.
 *
 * Suites share one (`sharedBroker`) and keep apart by names of their own (`uniqueName`); a suite that kills brokers,
 * or needs other settings, starts a cluster (`startCluster`). Test files register with `describeWithBroker` or
 * `describeWithCluster`, which say what is left out where there is no broker.
 */
import { type Cluster, startCluster } from './cluster.ts';
import { startRedpanda } from './redpanda.ts';
import { type BrokerSource, brokerSource, givenBrokers, noBroker } from './source.ts';

export { type Cluster, startCluster } from './cluster.ts';
export { describeWithBroker, describeWithCluster } from './describe.ts';
export type { Credentials } from './security.ts';
export { brokerSource } from './source.ts';

export interface SharedBroker {
  /** `host:port`, several separated by commas. */
  readonly brokers: string;
  readonly source: BrokerSource;
}

let shared: Promise<SharedBroker> | null = null;

/** The one broker of this process: started at first use, ended with the process. Throws where there is none. */
export function sharedBroker(): Promise<SharedBroker> {
  shared ??= start();
  return shared;
}

async function start(): Promise<SharedBroker> {
  switch (brokerSource) {
    case 'given':
      return { brokers: givenBrokers, source: brokerSource };
    case 'redpanda':
      return { brokers: (await startRedpanda()).brokers, source: brokerSource };
    case 'kafka': {
      const cluster: Cluster = await startCluster();
      return { brokers: cluster.brokers, source: brokerSource };
    }
    case 'none':
      throw new Error(noBroker);
    default:
      return brokerSource satisfies never;
  }
}

/** A name that no other test, nor an earlier run on the same broker, uses. */
export function uniqueName(prefix: string): string {
  return `${prefix}-${crypto.randomUUID().slice(0, 13)}`;
}
