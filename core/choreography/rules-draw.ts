import { PARTICIPANTS } from './event-types.ts';
import type { EventRule } from './rules.ts';
import { sentOf } from './rules-check.ts';

const idOf = (name: string): string => name.replaceAll('-', '_');
/** What Mermaid takes for its own within quotes. */
const quoted = (text: string): string => `"${text.replaceAll('"', '#quot;')}"`;

/** The rules as a Mermaid flow chart: an arrow for each kind of events that a rule takes from a sender to a target. */
export function drawRules(rules: readonly EventRule[]): string {
  const arrows = rules.flatMap((rule) =>
    sentOf(rule).flatMap(({ sender, type }) =>
      rule.targets.map((target) => `  ${idOf(sender)} -- ${quoted(type + ifOf(rule))} --> ${idOf(target)}`),
    ),
  );
  return [
    'flowchart LR',
    ...PARTICIPANTS.map((name) => `  ${idOf(name)}[${quoted(name)}]`),
    ...new Set(arrows),
    '',
  ].join('\n');
}

const ifOf = ({ pattern: { detail } }: EventRule): string =>
  detail === undefined ? '' : ` if ${JSON.stringify(detail)}`;

/** The rules as a table in Markdown. */
export function tableOfRules(rules: readonly EventRule[]): string {
  const rows = rules.map(({ name, pattern, targets }) => {
    const { source, type, detail } = pattern;
    const wants = [source, type, detail].map((each) => (each === undefined ? 'any' : codeOf(each)));
    return [name, ...wants, targets.join(', ')];
  });
  const header = ['rule', 'source', 'type', 'detail', 'targets'];
  const widths = header.map((name, at) => Math.max(name.length, ...rows.map((row) => row[at]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`;
  const dashes = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [line(header), dashes, ...rows.map(line), ''].join('\n');
}

/** Words alone where they say all; else the pattern as it is. */
function codeOf(wanted: unknown): string {
  if (Array.isArray(wanted) && wanted.every((each) => typeof each === 'string')) return wanted.join(', ');
  return `\`${JSON.stringify(wanted).replaceAll('|', '\\|')}\``;
}
