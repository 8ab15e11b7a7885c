// The fold reads a report without its result; whether a record counts must not depend on that.
import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { type Decoded, decode, JobReport } from '../../../core/mod.ts';
import { withoutResult } from '../../../services/coordinator/view/without-result.ts';

function reportOf(result: unknown, ...before: readonly unknown[]): string {
  return JSON.stringify({
    'workflow-type': 'bill-generation',
    'workflow-id': 'run_1',
    version: 1,
    revision: 2,
    time: '2026-11-21T09:00:00.000Z',
    status: 'completed',
    events: [...before, { event: 'completed', result }],
  });
}

/** Whether the text is a report and why not; of a report all but results, which may be left out. */
function verdictOn(text: string): unknown {
  const decoded: Decoded<JobReport> = decode<JobReport>(text, JobReport);
  if (!decoded.ok) return decoded.reason;
  const events = decoded.value.events.map((each) =>
    each.event === 'completed' ? { ...each, result: null } : each,
  );
  return { ...decoded.value, events };
}

const bill = {
  total: '12.50',
  count: -3,
  rate: 0.5,
  of: [1, 'two', [], {}, null, true, false],
  name: '佐藤',
};

test('of a report as engines write it the result is left out, and nothing else', () => {
  const answered = { event: 'answered', step: 0 };
  expect(withoutResult(reportOf(bill, answered))).toBe(reportOf(null, answered));
});

test('what does not end with a result comes back as it is', () => {
  const open = reportOf(bill).replace('"result":', '"other":');
  const more = `${reportOf(bill).slice(0, -1)},"more":1}`;
  for (const text of [
    '',
    'no report',
    open,
    more,
    reportOf(bill, { event: 'completed', result: {} }).slice(1),
  ])
    expect(verdictOn(withoutResult(text))).toEqual(verdictOn(text));
  expect(withoutResult(open)).toBe(open);
  expect(withoutResult(more)).toBe(more);
});

test('whatever the result is, the report reads the same', () => {
  const results = fc.oneof(
    fc.jsonValue(),
    fc.record({ bill: fc.jsonValue(), text: fc.string({ unit: 'binary' }) }),
  );
  fc.assert(
    fc.property(results, (result) => {
      const text = reportOf(result);
      expect(verdictOn(withoutResult(text))).toEqual(verdictOn(text));
    }),
  );
});

test('a text that is broken anywhere is refused for the same reason, or stays the same report', () => {
  const whole = reportOf(bill);
  const pieces = fc.constantFrom(
    '',
    '"',
    '\\',
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '0',
    '-',
    '.',
    'e9',
    ' ',
    'nul',
    '\n',
  );
  const place = fc.nat({ max: whole.length });
  fc.assert(
    fc.property(place, fc.nat({ max: 4 }), pieces, (at, cut, piece) => {
      const text = whole.slice(0, at) + piece + whole.slice(at + cut);
      expect(verdictOn(withoutResult(text))).toEqual(verdictOn(text));
    }),
    { numRuns: 3_000 },
  );
});

test('results that are too long or nest too deep are refused as before', () => {
  const deep = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels));
  for (const result of ['x'.repeat(600_000), deep(14), deep(18), deep(40), deep(2_000)]) {
    const text = reportOf(result);
    expect(verdictOn(withoutResult(text))).toEqual(verdictOn(text));
  }
  expect(verdictOn(reportOf('x'.repeat(600_000)))).toBe('too-large');
  expect(verdictOn(reportOf(deep(2_000)))).toBe('too-deep');
});

test('a result in another place than the last event is no reason to read less', () => {
  const nested = `${reportOf(bill).slice(0, -3)}},{"event":"started","createTime":"now"}]}`;
  const inText = reportOf('{"event":"completed","result":1}]}');
  const inPayload = reportOf(1, {
    event: 'asked',
    step: 0,
    category: 'c',
    payload: { event: 'completed', result: bill },
  });
  for (const text of [nested, inText, inPayload])
    expect(verdictOn(withoutResult(text))).toEqual(verdictOn(text));
});
