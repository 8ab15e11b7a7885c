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

/** What a command needs that works on the log; `KAFKA_*` stands for all that begin so. */
const OF_THE_LOG: readonly string[] = ['BROKERS', 'DATA_DIR', 'KAFKA_*'];

/** All settings, as `bun run services --help` prints them. */
export function settingsHelp(): string {
  const pins = 'pins a setting of the central configuration, such as CONFIG_CRM_LOG_LEVEL=debug';
  return ['Settings, from the environment:', ...rowsOf(() => true, ['CONFIG_<SERVICE>_<KEY>', pins])].join(
    '\n',
  );
}

/** The settings of a command that works on the log: where that is, and these beside. */
export function logSettingsHelp(...others: readonly string[]): string {
  const wanted = [...OF_THE_LOG, ...others];
  const isWanted = (name: string): boolean =>
    wanted.some((each) => (each.endsWith('*') ? name.startsWith(each.slice(0, -1)) : name === each));
  return ['Settings, from the environment (all: bun run services --help):', ...rowsOf(isWanted)].join('\n');
}

function rowsOf(
  isWanted: (name: string) => boolean,
  ...more: readonly (readonly [name: string, text: string])[]
): readonly string[] {
  const described = Object.entries(SettingsSchema.properties as Record<string, Described>)
    .filter(([name]) => isWanted(name))
    .map(([name, { description, default: fallback }]): readonly [string, string] => {
      const shown = fallback === undefined ? '' : ` (default ${String(fallback)})`;
      return [name, `${description ?? ''}${shown}`];
    });
  const rows = [...described, ...more];
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  return rows.map(([name, text]) => `  ${name.padEnd(width)}${text}`);
}
