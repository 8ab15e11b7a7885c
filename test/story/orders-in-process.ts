import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startOf } from '../../services/catalogue.ts';
import { openBacking } from '../../services/platform/bun.ts';
import { readSettings } from '../../services/platform/config.ts';
import { createLogger } from '../../services/platform/log.ts';
import type { Service } from '../../services/platform/service.ts';
import { freePorts } from '../broker/ports.ts';
import { startOn } from '../support/platform.ts';
import { until } from '../support/until.ts';

export interface Instances {
  /** Where each instance of this service listens. */
  urls(service: string): readonly string[];
  readonly dataDir: string;
  stop(): Promise<void>;
}

interface InstancesOptions {
  readonly brokers: string;
  readonly partitions: number;
  /** Instances of each. */
  readonly count: number;
  /** Settings beside those that an instance needs, by their variables. */
  readonly more?: Readonly<Record<string, string>>;
}

/**
 * Several instances of services on one cluster, in this process: for cases in which none dies. Each instance has a log
 * connection, a job store connection and ports of its own, as a process has.
 */
export async function startInstances(
  names: readonly string[],
  { brokers, partitions, count, more = {} }: InstancesOptions,
): Promise<Instances> {
  const dataDir = mkdtempSync(join(tmpdir(), 'requite-instances-'));
  const running: Service[] = [];
  const cleanup: (() => Promise<void>)[] = [async () => rmSync(dataDir, { recursive: true, force: true })];
  const stop = async (): Promise<void> => {
    for (let undo = cleanup.pop(); undo !== undefined; undo = cleanup.pop()) await undo();
  };
  try {
    for (let at = 0; at < count; at++) {
      const [orders, crm, coordinator] = await freePorts(3);
      const settings = readSettings(
        {
          BROKERS: brokers,
          DATA_DIR: dataDir,
          PARTITIONS: String(partitions),
          ORDERS_PORT: String(orders),
          CRM_PORT: String(crm),
          INVENTORY_PORT: '0',
          COORDINATOR_PORT: String(coordinator),
          SAMPLES: 'off',
          LOG_LEVEL: process.env.LOG_LEVEL ?? 'fatal',
          ...more,
        },
        false,
      );
      const logger = createLogger(settings);
      const backing = await openBacking(settings, logger);
      cleanup.push(() => backing.close());
      const started = await Promise.all(
        names.map(async (name) => startOn(await startOf(name), { settings, backing, logger })),
      );
      running.push(...started);
      cleanup.push(async () => {
        for (const service of started) await service.stop();
      });
    }
    const isReady = async (): Promise<boolean> =>
      (await Promise.all(running.map((service) => service.readiness()))).every(({ ready }) => ready);
    await until('every service to be ready', isReady, 60_000);
  } catch (error) {
    await stop();
    throw error;
  }
  const urls = (service: string): readonly string[] =>
    running.flatMap(({ name, url }) => (name === service && url !== null ? [url] : []));
  return { urls, dataDir, stop };
}
