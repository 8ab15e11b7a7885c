// Settings as both doors show them.
import type { Json } from '../../../core/mod.ts';
import type { Book } from './book.ts';
import { numberOf } from './change.ts';
import { fits, limitsOf, type PlainSchema, revived, whyNot } from './kinds.ts';
import type { Pin } from './pins.ts';

export interface DescribedSetting {
  readonly service: string;
  readonly key: string;
  readonly description: string;
  /** What it takes, in a few words. */
  readonly takes: string;
  readonly default: Json;
  /** What counts where no environment pins it. */
  readonly value: Json;
  /** Whether that was set centrally. */
  readonly isSet: boolean;
  /** The number of its last change, 0 for none: what the next may name as the one that it follows. */
  readonly change: number;
  /** Who set it, and when; null: nobody. */
  readonly by: string | null;
  readonly at: string | null;
  /** The live instances whose environment pins it: there it has their value. */
  readonly pinned: readonly {
    readonly variable: string;
    readonly value: Json;
    readonly where: string;
  }[];
  /** What somebody should know; null: nothing. */
  readonly note: string | null;
}

/** The settings of a service, by key; also those that are set and that it doesn't have. */
export function describeService(
  book: Book,
  service: string,
  pins: readonly Pin[],
): readonly DescribedSetting[] {
  const known = Object.keys(book.schema(service)?.settings ?? {});
  return [...new Set([...known, ...book.keysSet(service)])]
    .sort()
    .map((key) => describeSetting(book, service, key, pins));
}

export function describeSetting(
  book: Book,
  service: string,
  key: string,
  pins: readonly Pin[],
): DescribedSetting {
  const plain = book.schema(service)?.settings[key] as PlainSchema | undefined;
  const schema = plain === undefined ? null : revived(plain);
  const fallback = plain?.default ?? null;
  const setting = book.setting(service, key);
  const isUsed = setting !== null && schema !== null && fits(schema, setting.value);
  const note =
    setting === null || isUsed
      ? null
      : schema === null
        ? 'no instance has such a setting: unset it'
        : `what is set does not fit, so the default counts: ${whyNot(schema, setting.value)}`;
  return {
    service,
    key,
    description: String(plain?.description ?? ''),
    takes: schema === null ? '' : limitsOf(schema),
    default: fallback,
    value: isUsed ? setting.value : fallback,
    isSet: setting !== null,
    change: numberOf(book, service, key),
    by: setting?.by ?? null,
    at: setting?.at ?? null,
    pinned: pins
      .filter((pin) => pin.key === key)
      .map(({ variable, value, where }) => ({ variable, value, where })),
    note,
  };
}
