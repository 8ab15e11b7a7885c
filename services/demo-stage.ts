// What the demos share: services of their own on a log of their own, and a little HTTP.
import { Registry } from 'prom-client';
import { startOf } from './catalogue.ts';
import { openBacking } from './platform/backing.ts';
import type { Settings } from './platform/config.ts';
import { createLogger } from './platform/log.ts';
import { openPlatform } from './platform/platform.ts';
import type { Platform, Service } from './platform/service.ts';

/** The running services of a demo, by name in the order in which they were named. */
export interface Stage {
  readonly platform: Platform;
  readonly running: readonly Service[];
  /** The URLs of all instances of a service. */
  urls(name: string): readonly string[];
}

/** Starts the services (a name twice: two instances), plays, and stops them again whatever happens. */
export async function onStage(
  settings: Settings,
  names: readonly string[],
  play: (stage: Stage) => Promise<void>,
): Promise<void> {
  const backing = await openBacking(settings);
  const platform = openPlatform({ settings, backing, logger: createLogger(settings) });
  const running: Service[] = [];
  try {
    // a name twice would register each of its metrics twice: in a process of its own it would have its own registry
    for (const name of names)
      running.push(await (await startOf(name))({ ...platform, metrics: new Registry() }));
    const urls = (name: string): readonly string[] =>
      running.flatMap((service) => (service.name === name && service.url !== null ? [service.url] : []));
    await play({ platform, running, urls });
  } finally {
    for (const service of running.reverse()) await service.stop();
    await platform.close();
    await backing.close();
  }
}

/** Fetches JSON. Throws for any status but 2xx, with what the service said. */
export async function json<T>(url: string, init?: RequestInit): Promise<T> {
  const response = await fetch(url, init);
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as T;
}

/** Posts JSON and gives the reply. */
export async function post<T>(url: string, body: unknown): Promise<T> {
  const headers = { 'Content-Type': 'application/json' };
  return await json<T>(url, { method: 'POST', headers, body: JSON.stringify(body) });
}
