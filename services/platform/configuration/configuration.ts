import type { Static, TObject } from '@sinclair/typebox';

/** Settings of a service that can be changed while it runs. */
export interface LiveSettings<T> {
  /** As they stand now: what was set centrally, where the environment doesn't pin it, over the schema's defaults. */
  readonly current: T;
  /** Calls after each change. Returns how to end that. */
  onChange(listener: (current: T) => void): () => void;
}

/**
 * The central configuration: settings by service and key, on the compacted topic `configuration`, typed by the service's
 * own schema. A change takes effect in all instances without a restart.
 */
export interface Configuration {
  /**
   * A service's settings: every property of the schema has a default and a description. What is set before the service
   * is known, or does not fit its schema, counts as not set, and the log says so. Called again for the same service, it
   * adds settings. Throws `SettingsError` where the environment pins a value that does not fit, and `TypeError` for a
   * schema that can't be one of settings.
   */
  of<S extends TObject>(service: string, schema: S): LiveSettings<Static<S>>;
  /** Waits until what is set centrally is known; false when the time is over. */
  settled(timeoutMs: number): Promise<boolean>;
  /**
   * Throws `SettingsError` for variables that pin nothing: a setting that none of the services which asked here has, or
   * a service that is not among these names.
   */
  checkPins(services: readonly string[]): void;
  /** 'running', or what it waits for. */
  readiness(): string;
  close(): Promise<void>;
}
