import type { TObject } from '@sinclair/typebox';
import { SettingsSchema } from './schema.ts';

interface Described {
  readonly description?: string;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly anyOf?: readonly { const: string }[];
  readonly examples?: readonly string[];
}

/** What a setting takes, in a few words. */
export function rangeOf(name: string): string {
  const { minimum, maximum, anyOf, examples } = ((SettingsSchema as TObject).properties[name] ??
    {}) as Described;
  if (anyOf !== undefined) return `give one of ${anyOf.map((one) => one.const).join(', ')}`;
  if (minimum !== undefined) return `give a whole number from ${minimum} to ${maximum}`;
  if (examples !== undefined) return `give something like ${examples.join(', ')}`;
  return 'give a text that is not empty';
}

/** The settings as `--help` prints them. */
export function settingsHelp(): string {
  const width = Math.max(...Object.keys(SettingsSchema.properties).map((name) => name.length)) + 2;
  const rows = Object.entries(SettingsSchema.properties as Record<string, Described>).map(
    ([name, { description, default: fallback }]) => {
      const shown = fallback === undefined ? '' : ` (default ${String(fallback)})`;
      return `  ${name.padEnd(width)}${description ?? ''}${shown}`;
    },
  );
  const pins = `  ${'CONFIG_<SERVICE>_<KEY>'.padEnd(width)}pins a setting of the central configuration, such as CONFIG_CRM_LOG_LEVEL=debug`;
  return ['Settings, from the environment:', ...rows, pins].join('\n');
}
