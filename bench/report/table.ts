/** One column: its header and its cells, all as text. Text of the first `left` columns stands left, numbers right. */
export function table(
  headers: readonly string[],
  rows: readonly (readonly string[])[],
  left: number,
): string {
  const widths = headers.map((header, at) =>
    Math.max(header.length, ...rows.map((row) => (row[at] ?? '').length)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, at) => (at < left ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '─'.repeat(width)).join('──');
  return [line(headers), rule, ...rows.map(line)].join('\n');
}

/** A number as people read it: three figures, thousands apart. */
export function figure(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  if (value >= 100) return String(Math.round(value)).replaceAll(/\B(?=(\d{3})+$)/g, ',');
  return value.toFixed(value >= 10 ? 1 : 2);
}

export const percent = (value: number | null | undefined): string =>
  value === null || value === undefined ? '–' : `${(value * 100).toFixed(value < 0.1 ? 1 : 0)} %`;

export const times = (value: number | null | undefined): string =>
  value === null || value === undefined ? '–' : `${figure(value)}×`;
