import type { Json } from '../../../../core/mod.ts';
import { terminalLine } from '../../terminal.ts';
import { table } from '../../topics/table.ts';
import type { NumberedChange } from '../changes.ts';
import type { DescribedSetting } from '../described.ts';

/** A longer value is cut in a table. */
const CELL_MAX = 40;

/** A value as a word of a command line. */
export function valueText(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Settings as a table, for people. */
export function showSettings(settings: readonly DescribedSetting[]): string {
  const columns = [
    { title: 'SERVICE', align: 'left' },
    { title: 'KEY', align: 'left' },
    { title: 'VALUE', align: 'left' },
    { title: 'FROM', align: 'left' },
    { title: 'CHANGE', align: 'right' },
    { title: 'BY', align: 'left' },
  ] as const;
  const rows = settings.map((setting) => [
    setting.service,
    setting.key,
    cell(valueText(setting.value)),
    sourceOf(setting),
    setting.change === 0 ? '-' : String(setting.change),
    setting.by === null ? '-' : cell(setting.by),
  ]);
  const notes = settings.flatMap(({ service, key, note }) =>
    note === null ? [] : [terminalLine(`${service} ${key}: ${note}`)],
  );
  return [table(columns, rows), ...(notes.length === 0 ? [] : ['', ...notes])].join('\n');
}

function sourceOf({ isSet, pinned, note }: DescribedSetting): string {
  const source = isSet && note === null ? 'central' : 'default';
  return pinned.length === 0 ? source : `${source}, pinned`;
}

/** All about one setting. */
export function showSetting(setting: DescribedSetting): string {
  const { by, at, change, pinned, note } = setting;
  const rows: readonly (readonly [string, string])[] = [
    ['value', valueText(setting.value)],
    ['default', valueText(setting.default)],
    ['takes', setting.takes],
    ['is', setting.description],
    ['change', by === null ? String(change) : `${change}, by ${by} at ${at}`],
    ...pinned.map(({ variable, value, where }): [string, string] => [
      'pinned',
      `to ${valueText(value)} by ${variable} in the environment of ${where}`,
    ]),
    ...(note === null ? [] : [['note', note] as const]),
  ];
  const lines = rows.map(([name, text]) => `  ${name.padEnd(8)}${terminalLine(text)}`);
  return [terminalLine(`${setting.service} ${setting.key}`), ...lines].join('\n');
}

/** Changes as a table, the newest at the end, where a terminal's reader looks. */
export function showHistory(changes: readonly NumberedChange[]): string {
  const columns = [
    { title: 'WHEN', align: 'left' },
    { title: 'SERVICE', align: 'left' },
    { title: 'KEY', align: 'left' },
    { title: 'CHANGE', align: 'right' },
    { title: 'FROM', align: 'left' },
    { title: 'TO', align: 'left' },
    { title: 'BY', align: 'left' },
    { title: 'WHY', align: 'left' },
  ] as const;
  const rows = changes.map(({ at, service, key, number, from, to, by, why = '-' }) => [
    at,
    service,
    key,
    String(number),
    from === null ? '(not set)' : cell(valueText(from)),
    to === null ? '(unset)' : cell(valueText(to)),
    cell(by),
    cell(why),
  ]);
  return table(columns, rows);
}

function cell(text: string): string {
  // what another program wrote must not move the cursor, or break the line
  const plain = text.replace(/\p{Cc}+/gu, ' ');
  return plain.length > CELL_MAX ? `${plain.slice(0, CELL_MAX - 1)}…` : plain;
}
