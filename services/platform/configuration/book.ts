import { type IncomingRecord, type OutgoingRecord, type Transport, topics } from '../../../core/mod.ts';
import type { Logger } from '../log.ts';
import { type ChangeHistory, NO_CHANGES, type NumberedChange, withChange } from './changes.ts';
import { Follower } from './follower.ts';
import { serviceOfSchema, settingKey } from './names.ts';
import {
  type CentralSetting,
  type PublishedSchema,
  readChange,
  readSchema,
  readSetting,
  settingRecord,
  unsetRecord,
} from './records.ts';

/** So many settings are kept; no deployment has as many. */
const KEPT_MAX = 10_000;

/**
 * All that the log knows of settings: what there are, what they are set to, and who changed them. What counts is the
 * order of `configuration-changes`; `configuration` has for each setting what the last change made of it.
 */
export class Book {
  readonly #schemas: Map<string, PublishedSchema> = new Map();
  readonly #settings: Map<string, CentralSetting> = new Map();
  readonly #histories: Map<string, ChangeHistory> = new Map();
  readonly #follower: Follower;
  readonly #logger: Logger;
  #leftOut = 0;

  constructor(transport: Transport, logger: Logger) {
    this.#logger = logger;
    this.#follower = new Follower({
      transport,
      topics: [topics.configuration, topics.configurationChanges],
      logger,
      onRecords: (records) => {
        for (const record of records) this.#take(record);
      },
      onAnew: () => {
        for (const map of [this.#schemas, this.#settings, this.#histories]) map.clear();
      },
    });
  }

  /** Whether all that was there at the start is in it. */
  get hasRead(): boolean {
    return this.#follower.hasRead;
  }

  readiness(): string {
    return this.#follower.readiness();
  }

  /** Waits until all that is on the log now is in the book; false when the time is over. Throws `TransportError`. */
  caughtUp(timeoutMs: number): Promise<boolean> {
    return this.#follower.caughtUp(timeoutMs);
  }

  /** The services that have said what they can be told, by name. */
  services(): readonly PublishedSchema[] {
    return [...this.#schemas.values()].sort((one, other) => (one.service < other.service ? -1 : 1));
  }

  schema(service: string): PublishedSchema | null {
    return this.#schemas.get(service) ?? null;
  }

  /** What a setting is set to; null where it isn't. */
  setting(service: string, key: string): CentralSetting | null {
    return this.#settings.get(settingKey(service, key)) ?? null;
  }

  /** The keys that are set for a service, also those that it doesn't know. */
  keysSet(service: string): readonly string[] {
    return [...this.#settings.values()].filter((each) => each.service === service).map(({ key }) => key);
  }

  history(service: string, key: string): ChangeHistory {
    return this.#histories.get(settingKey(service, key)) ?? NO_CHANGES;
  }

  /** The last changes of all settings, or of one service's, the last of each setting at its end. */
  changes(service?: string): readonly NumberedChange[] {
    return [...this.#histories.values()]
      .flatMap(({ changes }) => changes)
      .filter((change) => service === undefined || change.service === service);
  }

  /** The settings whose last change `configuration` doesn't show: its writer ended too soon, or is about to write it. */
  unsettled(): readonly NumberedChange[] {
    return [...this.#histories].flatMap(([key, { changes }]) => {
      const last = changes.at(-1);
      return last !== undefined && !isShown(last, this.#settings.get(key)) ? [last] : [];
    });
  }

  #take(record: IncomingRecord): void {
    const { topic, key } = record;
    if (typeof key !== 'string') return;
    const service = serviceOfSchema(key);
    if (topic === topics.configurationChanges) this.#takeChange(key, record);
    else if (service === null) this.#put(this.#settings, key, record, readSetting);
    else this.#put(this.#schemas, service, record, readSchema);
  }

  #takeChange(key: string, record: IncomingRecord): void {
    const change = readChange(record);
    const history = this.#histories.get(key);
    const hasRoom = history !== undefined || this.#histories.size < KEPT_MAX;
    if (change === null || !hasRoom) this.#leaveOut(record);
    else this.#histories.set(key, withChange(history ?? NO_CHANGES, change));
  }

  #put<T>(
    map: Map<string, T>,
    key: string,
    record: IncomingRecord,
    read: (record: IncomingRecord) => T | null,
  ): void {
    const value = record.value === null ? null : read(record);
    map.delete(key);
    if (value !== null && map.size < KEPT_MAX) map.set(key, value);
    else if (record.value !== null) this.#leaveOut(record);
  }

  #leaveOut({ topic, partition, offset }: IncomingRecord): void {
    this.#leftOut++;
    const fields = { topic, partition, offset, leftOut: this.#leftOut };
    if (this.#leftOut === 1 || this.#leftOut % 1_000 === 0)
      this.#logger.warn(fields, 'a record of the configuration can not be read, or is too much: left out');
  }

  close(): Promise<void> {
    return this.#follower.close();
  }
}

/** Whether `configuration` shows what this change made of its setting, or what a later one did. */
function isShown(change: NumberedChange, setting: CentralSetting | undefined): boolean {
  if (setting === undefined) return change.to === null;
  return setting.change >= change.number;
}

/** The record of `configuration` that shows this change. */
export function shownBy(change: NumberedChange, partitions: number): OutgoingRecord {
  const { service, key, to: value, by, at, number } = change;
  return value === null
    ? unsetRecord(service, key, partitions)
    : settingRecord({ service, key, value, by, at, change: number }, partitions);
}
