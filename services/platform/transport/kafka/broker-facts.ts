import { connect } from 'node:net';
import { Admin } from '@platformatic/kafka';
import { connectionOptions } from './connection.ts';
import { asTransportError } from './errors.ts';
import type { KafkaSettings } from './settings.ts';

/** What a cluster says of itself. */
export interface ClusterFacts {
  readonly brokers: number;
  /** The Apache Kafka whose protocol it speaks, such as "3.9"; another product says the one that it is like. */
  readonly protocol: string;
  /** Whether it has the requests that jobs in Kafka need. */
  readonly transactions: boolean;
}

/** By the highest version of Fetch: which Apache Kafka had it first. */
const RELEASES: readonly (readonly [fetch: number, release: string])[] = [
  [18, '4.1'],
  [17, '3.9'],
  [16, '3.7'],
  [15, '3.5'],
  [13, '3.1'],
  [12, '2.7'],
  [11, '2.3'],
];
const TRANSACTIONAL = ['InitProducerId', 'AddOffsetsToTxn', 'TxnOffsetCommit', 'EndTxn'];

/** Asks the cluster. Throws `TransportError`, and `BackingError` for a TLS file that can't be read. */
export async function clusterFacts(settings: KafkaSettings): Promise<ClusterFacts> {
  const admin = new Admin({ ...connectionOptions(settings), retries: 1 });
  try {
    const apis = await admin.listApis();
    const { brokers } = await admin.metadata({ topics: [] });
    const names = new Map(apis.map(({ name, maxVersion }) => [name, maxVersion]));
    const fetch = names.get('Fetch') ?? 0;
    return {
      brokers: brokers.size,
      protocol: RELEASES.find(([version]) => fetch >= version)?.[1] ?? 'older than 2.3',
      transactions: TRANSACTIONAL.every((name) => names.has(name)),
    };
  } catch (error) {
    throw asTransportError(error, 'ask the cluster about itself');
  } finally {
    await admin.close();
  }
}

/** Null where somebody takes connections at this `host:port`; else why not. */
export function connectionProblem(broker: string, withinMs: number): Promise<string | null> {
  const at = broker.lastIndexOf(':');
  const host = broker.slice(0, at).replace(/^\[|\]$/g, '');
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(broker.slice(at + 1)), timeout: withinMs });
    const end = (problem: string | null): void => {
      socket.destroy();
      resolve(problem);
    };
    socket.once('connect', () => end(null));
    socket.once('timeout', () => end(`no answer within ${withinMs} ms`));
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
  });
}
