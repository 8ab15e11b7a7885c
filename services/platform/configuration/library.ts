// Settings for who uses the library: the same topic, schemas and rules as our own services have.
import type { Static, TObject } from '@sinclair/typebox';
import type { Json } from '../../../core/mod.ts';
import { openDiscovery } from '../discovery/index.ts';
import { type HostSettings, openHost } from '../host/settings.ts';
import { Book } from './book.ts';
import { changeSetting } from './change.ts';
import type { LiveSettings } from './configuration.ts';
import { openConfiguration } from './live.ts';

/** How long the start waits to know what is set; the defaults count until it does. */
const SETTLE_MS = 5_000;

export interface SettingsOptions extends HostSettings {
  /** Variables that pin settings, such as `process.env`: `CONFIG_<SERVICE>_<KEY>`. Default: nothing is pinned. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** A service's settings, followed until they are stopped. */
export interface ServedSettings<T> extends LiveSettings<T> {
  /** 'running', or what it waits for. */
  readiness(): string;
  stop(): Promise<void>;
}

/**
 * Follows the settings of a service of yours, which `bun run config` and `setSetting` change while it runs. Each property
 * of the schema needs a default and a description. Throws `SettingsError` for a pinned value that does not fit, and
 * `TypeError` for a schema that can't be one of settings.
 */
export async function serveSettings<S extends TObject>(
  service: string,
  schema: S,
  options: SettingsOptions = {},
): Promise<ServedSettings<Static<S>>> {
  const host = await openHost(options);
  const { transport } = host.backing;
  await host.prepare();
  const pinned = Object.fromEntries(
    Object.entries(options.environment ?? {}).flatMap(([name, value]) =>
      name.startsWith('CONFIG_') && value !== undefined ? [[name, value]] : [],
    ),
  );
  const { logger } = host;
  // begins only where there is a pin to be told of
  const discovery = openDiscovery({ transport, logger });
  const configuration = openConfiguration({ transport, pinned, discovery, logger });
  const stop = async (): Promise<void> => {
    await configuration.close();
    await discovery.close();
    await host.close();
  };
  try {
    const live = configuration.of(service, schema);
    await configuration.settled(SETTLE_MS);
    return {
      get current() {
        return live.current;
      },
      onChange: (listener) => live.onChange(listener),
      readiness: () => configuration.readiness(),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

export interface NewSetting {
  readonly service: string;
  readonly key: string;
  /** Null unsets it: the default counts again. */
  readonly value: Json;
  /** Who is to stand in the history. */
  readonly by: string;
  readonly why?: string;
}

/**
 * Changes a setting in all instances of its service; durable when it resolves. Throws `ConfigurationError` for an unknown
 * service or key and for a value that does not fit. It does not know what other processes' environments pin.
 */
export async function setSetting(
  { service, key, value: to, by, why }: NewSetting,
  options: HostSettings = {},
): Promise<void> {
  const host = await openHost(options);
  const { transport } = host.backing;
  await host.prepare();
  const book = new Book(transport, host.logger);
  try {
    await changeSetting({ transport, book, pins: async () => [] }, { service, key, to, by, why });
  } finally {
    await book.close();
    await host.close();
  }
}
