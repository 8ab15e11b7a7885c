// Reports are kept many to a row; each comes back alone, and as it came.
import { Database } from 'bun:sqlite';
import { expect, test } from 'bun:test';
import { type KeptReport, ReportLog } from '../../../services/coordinator/view/report-log.ts';
import { VIEW_DDL } from '../../../services/coordinator/view/schema.ts';

function openLog(): { readonly db: Database; readonly log: ReportLog } {
  const db = new Database(':memory:');
  db.run(VIEW_DDL);
  return { db, log: new ReportLog(db) };
}

const kept = (value: string, previous: number | null = null): KeptReport => {
  return { previous, traceparent: null, offset: 7, value };
};

test('each report comes back as it was appended, wherever it lies in its chunk', () => {
  const { log } = openLog();
  const reports = Array.from({ length: 200 }, (_, at): KeptReport => {
    const traceparent = at % 3 === 0 ? `00-${'a'.repeat(32)}-${'b'.repeat(16)}-0${at % 2}` : null;
    const value = `{"of":${at},"text":"${'x'.repeat(at)}"}`;
    return { previous: at === 0 ? null : at, traceparent, offset: 3 * at, value };
  });
  log.append(0, reports.slice(0, 70));
  log.append(70, reports.slice(70, 71));
  log.append(71, reports.slice(71));
  expect(log.last()).toBe(200);
  expect(reports.map((_, at) => log.find(at + 1))).toEqual(reports);
  expect(log.find(0)).toBeNull();
  expect(log.find(201)).toBeNull();
});

test('texts keep their characters and line breaks, so that lengths are those of the text and not of its bytes', () => {
  const { log } = openLog();
  const values = [
    '{"name":"佐藤 美咲"}',
    '{\n  "name": "Żółć 🧾"\r\n}\n',
    '',
    '\ufeff{"a":1}',
    '["\\ud800"]',
  ];
  log.append(
    0,
    values.map((value) => kept(value)),
  );
  expect(values.map((_, at) => log.find(at + 1)?.value)).toEqual(values);
});

test('what is large is not kept together with much else', () => {
  const { db, log } = openLog();
  const large = JSON.stringify('y'.repeat(300_000));
  log.append(
    0,
    Array.from({ length: 4 }, () => kept(large)),
  );
  expect(db.query('SELECT count(*) AS chunks FROM report_chunks').get()).toEqual({ chunks: 4 });
  expect(log.find(3)?.value).toBe(large);
});

test('reports that are rolled back are gone, and their ids are given again', () => {
  const { db, log } = openLog();
  log.append(0, [kept('"first"')]);
  const failing = db.transaction(() => {
    log.append(1, [kept('"never"')]);
    throw new Error('rolled back');
  });
  expect(failing).toThrow('rolled back');
  expect(log.last()).toBe(1);
  log.append(log.last(), [kept('"second"', 1)]);
  expect(log.find(2)).toEqual(kept('"second"', 1));
});

test('those that were kept with a report and before it are read at once', () => {
  const { log } = openLog();
  const values = Array.from({ length: 100 }, (_, at) => `{"of":${at}}`);
  log.append(
    0,
    values.map((value) => kept(value)),
  );
  for (const id of [1, 30, 64, 65, 100]) {
    const first = id <= 64 ? 1 : 65;
    expect(log.upTo(id)).toEqual({ first, values: values.slice(first - 1, id) });
  }
  expect(log.upTo(101)).toBeNull();
});
