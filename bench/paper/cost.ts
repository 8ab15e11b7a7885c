import { OptionsError } from '../../test/support/flags.ts';
import { sampleChanges, sampleRecords } from '../floor/records.ts';
import { cpuOf, mean, sum } from '../report/cpu.ts';
import type { Row } from '../report/results.ts';
import type { Saved } from '../report/saved.ts';
import { describe } from '../setup.ts';
import type { Cost } from './model.ts';

/** Around each record on the log, about: its key, its offset and time, its share of a batch's head. */
const RECORD_OVERHEAD_BYTES = 60;
const NOTHING_VARIES = { partitions: false, engines: false, rate: false } as const;

/** The rows of a result that a cost can be taken from, as they are named. */
function rowsOnPaper({ rows }: Pick<Saved, 'rows'>): readonly Row[] {
  return rows.filter(
    ({ setup, failure, throughput }) =>
      setup.system === 'requite' && setup.log === 'kafka' && failure === null && throughput.length > 0,
  );
}

/**
 * The row that is meant: of jobs in this store, with or without files; the first one of no tracing of its own. Throws
 * `OptionsError`, which names those that there are.
 */
export function rowFor(saved: Pick<Saved, 'rows'>, store: string, files: boolean): Row {
  const rows = rowsOnPaper(saved);
  const found = rows.find(
    ({ setup }) =>
      setup.store === store &&
      setup.files === files &&
      setup.tracing === undefined &&
      setup.numbers === undefined,
  );
  if (found !== undefined) return found;
  const there = rows.map(({ setup }) => describe(setup, NOTHING_VARIES));
  throw new OptionsError(
    `the file has no figures of our services on Kafka with --store ${store} --files ${files ? 'on' : 'off'}; it has ${
      there.length === 0 ? 'none of our services on Kafka at all' : there.join('; ')
    }`,
  );
}

/**
 * What a bill of this row costs. `brokerUs`: where the row does not tell it, since the broker was not the bench's own.
 * Throws `OptionsError` where something is missing.
 */
export function costOf(row: Row, brokerUs: number | null): Cost {
  const used = cpuOf(row);
  const measured = mean(row.throughput.flatMap(({ brokerCpuUsPerBill: us }) => us ?? []));
  const broker = brokerUs ?? measured;
  if (used === null)
    throw new OptionsError('the file has no processor times: run the bench on Linux, which tells them');
  if (broker === null)
    throw new OptionsError("the file has no processor time of a broker of the bench's own: give --broker-us");
  const part = (name: string): number => sum(used, name) ?? 0;
  return {
    engineUs: part('engine'),
    coordinatorUs: part('coordinator'),
    crmUs: part('crm'),
    brokerUs: broker,
    ...bytesOf(row.setup.store === 'kafka', row.setup.files),
  };
}

/** Of real records, without compression. */
function bytesOf(inKafka: boolean, files: boolean): Pick<Cost, 'writtenBytes' | 'reportBytes' | 'readBytes'> {
  const samples = sampleRecords();
  const size = (of: (each: (typeof samples)[number]) => string): number =>
    (mean(samples.map((each) => Buffer.byteLength(of(each)))) ?? 0) + RECORD_OVERHEAD_BYTES;
  const workflow = size((each) => each.workflow);
  const question = size((each) => each.question);
  const answer = size((each) => each.answer);
  const completed = size((each) => each.completed);
  const reportBytes = size((each) => each.asked) + completed;
  const jobs = inKafka ? jobBytes() : 0;
  return {
    writtenBytes: workflow + question + answer + reportBytes + jobs,
    reportBytes,
    // the jobs go to their standby copy, the completed reports to the bill writer
    readBytes: workflow + question + answer + jobs + (files ? completed : 0),
  };
}

/** Both states of a bill's job, as they lie on the topic of the jobs. */
function jobBytes(): number {
  const changes = sampleChanges('tombstone').flat();
  const bytes = changes.reduce((total, { job }) => total + Buffer.byteLength(JSON.stringify(job)), 0);
  return 2 * (bytes / changes.length + RECORD_OVERHEAD_BYTES);
}
