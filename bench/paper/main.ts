// bun bench paper: what many engines would do, computed from what a few did.
import { readSaved } from '../report/saved.ts';
import { figure, percent, table } from '../report/table.ts';
import { costOf, rowFor } from './cost.ts';
import { type Cost, type OnPaper, onPaper, type View } from './model.ts';
import { type PaperOptions, paperUsage, readPaperOptions } from './options.ts';

/** Runs the command; returns the exit code. Throws `OptionsError` for arguments or files that can't be used. */
export function paper(args: readonly string[]): number {
  const options = readPaperOptions(args);
  if (options === null) {
    process.stdout.write(paperUsage);
    return 0;
  }
  const row = rowFor(readSaved(options.file), options.store, options.files);
  process.stdout.write(`${printedPaper(costOf(row, options.brokerUs), options)}\n`);
  return 0;
}

/** Everything that people shall read of it. */
export function printedPaper(
  cost: Cost,
  { engines, limits }: Pick<PaperOptions, 'engines' | 'limits'>,
): string {
  const of = (view: View): string => tableOf(engines.map((each) => onPaper(cost, limits, each, view)));
  const { engineUs, coordinatorUs, crmUs, brokerUs, writtenBytes, readBytes, reportBytes } = cost;
  return [
    'ON PAPER: computed from what was measured, not measured',
    `A bill takes ${figure(engineUs)} µs of an engine, ${figure(coordinatorUs)} of a coordinator, ${figure(crmUs)} of a CRM, ${figure(brokerUs)} of a broker without replicas;\n` +
      `${figure(writtenBytes)} bytes are written to the log, ${figure(readBytes)} read by engines and CRMs, ${figure(reportBytes)} by coordinators.`,
    `AS IT IS: each coordinator folds every report\n\n${of('whole')}`,
    `IF COORDINATORS SHARED THE VIEW, as instances share that of the orders: what would stop them next\n\n${of('shared')}`,
    assumptions(limits),
  ].join('\n\n');
}

function tableOf(rows: readonly OnPaper[]): string {
  const headers = [
    'engines',
    'bills/s',
    'stops first',
    'next',
    'coord.',
    'CRMs',
    'brokers',
    'set by',
    'part.',
    'beats',
  ];
  const cells = rows.map((row) => {
    const [first, next] = row.ceilings;
    return [
      figure(row.engines).replace(/\.0+$/, ''),
      figure(row.billsPerSecond),
      first?.what ?? '–',
      next === undefined ? '–' : `${next.what} at ${figure(next.billsPerSecond)}`,
      String(row.coordinators),
      String(row.crms),
      String(row.brokers),
      row.brokersFor,
      String(row.partitions),
      percent(row.heartbeatPart),
    ];
  });
  return table(headers, cells, 0);
}

function assumptions(limits: PaperOptions['limits']): string {
  const { busy, replicas, followerPart, partitionsAnEngine, topics, members } = limits;
  return `Assumed: a process of ours has a core and ${percent(busy)} of it to use, and takes as long for a bill beside many as beside
none. Records spread evenly over partitions and brokers, and are not compressed. ${replicas} copies of each partition; a follower
takes ${percent(followerPart)} of its leader's processor time. ${partitionsAnEngine} partitions of each of ${topics} topics for an engine; at most ${members} members a group.
"beats" is the part of a core that each process spends on reading the others' heartbeats: each second each process's record
goes to all, which is in the brokers' network too. All of a coordinator's time counts as its view's. Left out: rebalances of large groups, answers that take time, the disk of
an engine, and what a bill file costs a file system that many share.`;
}
