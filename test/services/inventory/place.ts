import { type Backing, openBacking } from '../../../services/platform/backing.ts';
import { readSettings, type Settings } from '../../../services/platform/config.ts';
import { NamespacedTransport } from '../../contracts/namespaced.ts';

/** Where inventories of one test work: an embedded log, or topics of their own on a broker that others use too. */
export interface Place {
  readonly dataDir: string;
  readonly brokers: string | null;
  /** Begins the names of topics and groups on the broker. */
  readonly prefix: string;
  readonly partitions: number;
  readonly samples: 'on' | 'off';
}

export function settingsOf({ dataDir, brokers, partitions, samples }: Place): Settings {
  const environment = {
    DATA_DIR: dataDir,
    PARTITIONS: String(partitions),
    INVENTORY_PORT: '0',
    SAMPLES: samples,
    ...(brokers === null ? {} : { BROKERS: brokers, JOB_STORE: 'sqlite', KAFKA_SESSION_TIMEOUT_MS: '6000' }),
  };
  return readSettings(environment, false);
}

export async function openIn(place: Place): Promise<Backing> {
  const backing = await openBacking(settingsOf(place));
  if (place.brokers === null) return backing;
  return { ...backing, transport: new NamespacedTransport(backing.transport, place.prefix) };
}
