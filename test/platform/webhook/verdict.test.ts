import { expect, test } from 'bun:test';
import { verdictOn } from '../../../services/platform/webhook/verdict.ts';

const NOW_MS = Date.parse('2026-11-03T10:00:00Z');
const outcomes: readonly [readonly number[], string, boolean][] = [
  [[200, 201, 202, 204, 299], 'delivered', false],
  [[301, 302, 307, 308], 'failed', false],
  [[400, 401, 403, 404, 405, 410, 413, 422, 451], 'refused', false],
  [[409], 'failed', false],
  [[408, 425, 429], 'failed', true],
  [[500, 502, 503, 504, 599], 'failed', true],
];
for (const [statuses, outcome, isOutage] of outcomes) {
  test(`${statuses.join(', ')}: ${outcome}${isOutage ? ', and looks like an outage' : ''}`, () => {
    for (const status of statuses)
      expect(verdictOn(status, null, NOW_MS)).toMatchObject({
        status,
        outcome,
        isOutage,
        retryAfterMs: null,
      });
  });
}

const asked: readonly [string, number | null][] = [
  ['120', 120_000],
  [' 0 ', null],
  ['Tue, 03 Nov 2026 10:00:30 GMT', 30_000],
  ['Tue, 03 Nov 2026 09:00:00 GMT', null],
  ['999999999', 86_400_000],
  ['soon', null],
  ['-5', null],
  ['', null],
];
for (const [header, ms] of asked) {
  test(`Retry-After "${header}" asks for ${ms === null ? 'nothing' : `${ms} ms`}`, () => {
    expect(verdictOn(503, header, NOW_MS).retryAfterMs).toBe(ms);
    expect(verdictOn(410, header, NOW_MS).retryAfterMs).toBeNull();
  });
}
