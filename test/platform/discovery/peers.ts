/** Several registries on one log, each with a connection that can be cut, as if each were a process. */
import { pino } from 'pino';
import { MemoryLog, type Transport, TransportError } from '../../../core/mod.ts';
import {
  type Discovery,
  type DiscoveryOptions,
  type Instance,
  openDiscovery,
} from '../../../services/platform/discovery/index.ts';
import { until } from '../../support/until.ts';

export const PARTITIONS = 4;
const HEARTBEAT_MS = 40;
export const TIMEOUT_MS = 400;

/** One registry, what it logged, and its connection. */
export class Peer {
  isCut = false;
  readonly discovery: Discovery;
  readonly logged: { readonly level: number; readonly msg: string }[] = [];

  constructor(log: Transport, options: Partial<DiscoveryOptions> = {}) {
    const check = (): void => {
      if (this.isCut) throw new TransportError('unavailable', 'the line is cut');
    };
    const transport: Transport = {
      createTopics: (specs) => log.createTopics(specs),
      join: (joining) => log.join(joining),
      logId: () => log.logId(),
      close: () => log.close(),
      publish: async (records) => {
        check();
        return log.publish(records);
      },
      endOffsets: async (topic) => {
        check();
        return log.endOffsets(topic);
      },
      read: async (reading) => {
        check();
        const reader = await log.read(reading);
        return {
          poll: async (polling) => {
            check();
            const records = await reader.poll(polling);
            check(); // what came while it went away is lost with the connection
            return records;
          },
          position: (topic, partition) => reader.position(topic, partition),
          close: () => reader.close(),
        };
      },
    };
    const write = (line: string): void => void this.logged.push(JSON.parse(line));
    const logger = pino({ level: 'debug' }, { write });
    const timing = { heartbeatMs: HEARTBEAT_MS, timeoutMs: TIMEOUT_MS };
    this.discovery = openDiscovery({ transport, logger, ...timing, ...options });
  }

  /** The ids of the live instances of a service, as this one knows them. */
  ids(service = 'shop'): string {
    return this.discovery
      .instances(service)
      .map(({ instanceId }) => instanceId)
      .join();
  }

  /** Waits until it knows just these instances of a service. */
  sees(ids: string, service = 'shop'): Promise<true> {
    return until(`${ids || 'nobody'} to be who is alive`, () => this.ids(service) === ids);
  }

  async one(instanceId: string, service = 'shop'): Promise<Instance> {
    const find = (): Instance | undefined =>
      this.discovery.instances(service).find((each) => each.instanceId === instanceId);
    return until(instanceId, find);
  }

  warnings(): string[] {
    return this.logged.filter(({ level }) => level >= 40).map(({ msg }) => msg);
  }
}

export function memoryLog(now: () => number = Date.now): MemoryLog {
  return new MemoryLog({ sleep: (ms) => Bun.sleep(ms), now });
}

export async function withTopic<T extends Transport>(log: T): Promise<T> {
  await log.createTopics([{ name: 'instances', partitions: PARTITIONS, compacted: true }]);
  return log;
}

/** An instance of a shop, as it is announced. */
export function shop(
  instanceId: string,
  health: () => string = () => 'ready',
): Parameters<Discovery['announce']>[0] {
  return { service: 'shop', instanceId, url: `http://127.0.0.1:1/${instanceId}`, health };
}
