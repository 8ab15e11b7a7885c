import { printable } from '../../../core/mod.ts';
import { count, plural, table } from '../topics/table.ts';
import type { AuditException, AuditReport } from './audit-log.ts';

/** What is called as on the log; the rest says itself. */
const NAMES: Readonly<Record<string, string>> = {
  'not-ours': 'not ours',
  elsewhere: 'in another partition than home',
  pending: 'not yet taken',
  beyond: 'more than are kept of one workflow',
};

/** An audit as people read it. `log` names the log. */
export function showAudit(report: AuditReport, log: string): string {
  const { totals, partitions } = report;
  return [
    `${log}, ${partitions} partitions`,
    '',
    equation(report),
    '',
    columns(['WORKFLOWS', 'STATE'], Object.entries(totals.workflows)),
    '',
    columns(['QUESTIONS', 'STATE'], Object.entries(totals.questions)),
    '',
    topicTable(report),
    ...letterLines(report),
    ...billLines(report),
    ...numberLines(report),
    ...exceptionLines(report),
    '',
    verdict(report),
    '',
  ].join('\n');
}

function equation({ totals: { asked, answered, billed, workflows } }: AuditReport): string {
  const all = Object.values(workflows).reduce((sum, each) => sum + each, 0);
  return `${count(all)} workflows: ${count(asked)} questions asked, ${count(answered)} answered; ${count(workflows.completed)} completed, ${count(billed)} of them with a bill`;
}

function columns(titles: readonly [string, string], rows: readonly (readonly [string, number])[]): string {
  const shown = rows.filter(([, number]) => number > 0);
  if (shown.length === 0) return `${titles[0]}  none`;
  return table(
    [
      { title: titles[0], align: 'right' },
      { title: titles[1], align: 'left' },
    ],
    shown.map(([state, number]) => [count(number), state]),
  );
}

function topicTable({ topics }: AuditReport): string {
  return table(
    [
      { title: 'TOPIC', align: 'left' },
      { title: 'RECORDS', align: 'right' },
      { title: 'DEAD LETTERS', align: 'right' },
      { title: 'ENDED AS', align: 'left' },
    ],
    topics.map(({ topic, records, deadLetters, ended, addsUp }) => {
      const ends = Object.entries(ended).map(([end, number]) => `${count(number)} ${NAMES[end] ?? end}`);
      return [
        topic,
        count(records),
        count(deadLetters),
        `${ends.join(', ') || '-'}${addsUp ? '' : ' (does not add up)'}`,
      ];
    }),
  );
}

function letterLines({ letters }: AuditReport): readonly string[] {
  if (letters.length === 0) return [];
  return [
    '',
    columns(
      ['DEAD LETTERS', 'FROM, REASON'],
      letters.map(({ topic, reason, count: number }) => [`${topic}, ${reason}`, number]),
    ),
  ];
}

function billLines({ bills }: AuditReport): readonly string[] {
  if (bills === null) return [];
  const { directory, files, matching, missing, differing, unwritten, extra } = bills;
  const more = unwritten === 0 ? '' : `, ${count(unwritten)} not written yet`;
  return [
    '',
    `${directory}: ${count(files)} files; ${count(matching)} as the log says, ${count(missing)} missing, ${count(differing)} with other bytes, ${count(extra)} of no bill${more}`,
  ];
}

function numberLines({ numbers }: AuditReport): readonly string[] {
  if (numbers.length === 0) return [];
  const rows = numbers.map(({ series, bills, first, last, missing, doubled }) => [
    printable(series),
    ...[bills, first, last, missing, doubled].map(count),
  ]);
  const titles = ['BILLS', 'FIRST', 'LAST', 'MISSING', 'DOUBLED'];
  const columns = [
    { title: 'NUMBERS', align: 'left' } as const,
    ...titles.map((title) => ({ title, align: 'right' }) as const),
  ];
  return ['', table(columns, rows)];
}

function exceptionLines({ exceptions, unlisted }: AuditReport): readonly string[] {
  if (exceptions.length === 0 && unlisted === 0) return [];
  const left = unlisted === 0 ? [] : [`${count(unlisted)} more exceptions: --exceptions N lists so many`];
  if (exceptions.length === 0) return ['', ...left];
  const rows = exceptions.map((exception) => [...cells(exception)]);
  return [
    '',
    table(
      [
        { title: 'WORKFLOW', align: 'left' },
        { title: 'STATE', align: 'left' },
        { title: 'WHY IT IS LISTED', align: 'left' },
      ],
      rows,
    ),
    ...left,
  ];
}

function cells({ workflowId, state, reason, faults }: AuditException): readonly string[] {
  const codes = faults.map(({ code }) => code).join(', ');
  const shown = codes === '' ? reason : `FAULT ${codes}: ${reason}`;
  return [printable(workflowId ?? '-'), state, printable(shown).slice(0, MAX_CELL)];
}

const MAX_CELL = 200;

function verdict({ addsUp, totals, topics }: AuditReport): string {
  if (addsUp) return 'The sums add up.';
  const wrong = topics.filter((each) => !each.addsUp).map(({ topic }) => topic);
  const faults = totals.faults === 0 ? [] : [`${plural(totals.faults, 'fault')} among the exceptions`];
  const unaccounted = wrong.length === 0 ? [] : [`records unaccounted for on ${wrong.join(', ')}`];
  return `The sums DON'T add up: ${[...faults, ...unaccounted].join('; ')}.`;
}
