import { describe, expect, test } from 'bun:test';
import { createLogger } from '../../../services/platform/log.ts';
import { LogWindow } from '../../../services/platform/telemetry/log-window.ts';
import { SpanWindow } from '../../../services/platform/telemetry/span-window.ts';
import type { RecentSpan } from '../../../services/platform/telemetry/telemetry.ts';
import { open } from './support.ts';

const span = (at: number, traceId = 'a', spanId = String(at)): RecentSpan => ({
  name: `span ${at}`,
  kind: 'internal',
  traceparent: '',
  parent: null,
  startMs: at,
  endMs: at,
  attributes: {},
  failure: null,
  service: 'tests',
  traceId,
  spanId,
});

describe('the window of spans', () => {
  test('keeps the latest, in the order in which they ended', () => {
    const window = new SpanWindow(3);
    for (let at = 0; at < 8; at++) window.add(span(at));
    expect(window.spans(null).map(({ name }) => name)).toEqual(['span 5', 'span 6', 'span 7']);
  });

  test('gives those of one trace, and one that was told twice once', () => {
    const window = new SpanWindow(10);
    window.add(span(1, 'a', 'x'));
    window.add(span(2, 'b', 'x'));
    window.add(span(3, 'a', 'x'));
    expect(window.spans('a').map(({ name }) => name)).toEqual(['span 3']);
  });
});

const line = (fields: object): string =>
  `${JSON.stringify({ level: 'info', time: '2026-11-21T10:00:00.000Z', pid: 1, service: 'crm', msg: 'said', ...fields })}\n`;

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

describe('the window of log lines', () => {
  test('has bounds of lines and of characters, and keeps the latest', () => {
    const byLines = new LogWindow(3, 1_000_000);
    for (let at = 0; at < 100; at++) byLines.take(line({ msg: `line ${at}` }));
    expect(byLines.find({ limit: 10 }).map(({ message }) => message)).toEqual([
      'line 97',
      'line 98',
      'line 99',
    ]);
    const byCharacters = new LogWindow(1_000, 5_000);
    for (let at = 0; at < 100; at++) byCharacters.take(line({ msg: `line ${at}`, more: 'x'.repeat(1_000) }));
    expect(byCharacters.find({ limit: 10 }).map(({ message }) => message)).toEqual([
      'line 96',
      'line 97',
      'line 98',
      'line 99',
    ]);
    byCharacters.take(line({ msg: 'x'.repeat(10_000) }));
    expect(byCharacters.find({ limit: 10 })).toBeEmpty();
    byCharacters.take(line({ msg: 'goes on' }));
    expect(byCharacters.find({ limit: 10 })).toHaveLength(1);
  });

  test('finds by trace, workflow, service, level, text and time, all of them together', () => {
    const window = new LogWindow();
    window.take(line({ msg: 'one', traceId: TRACE, workflowId: 'w-1' }));
    window.take(line({ msg: 'two', level: 'warn', service: 'engine' }));
    window.take(line({ msg: 'three', time: '2026-11-21T11:00:00.000Z', level: 'debug' }));
    window.take('not a line of ours\n');
    const found = (query: object): readonly string[] =>
      window.find({ limit: 10, ...query }).map(({ message }) => message);
    expect(found({})).toEqual(['one', 'two', 'three']);
    expect(found({ trace: TRACE })).toEqual(['one']);
    expect(found({ workflow: 'w-1' })).toEqual(['one']);
    expect(found({ service: 'engine' })).toEqual(['two']);
    expect(found({ level: 'info' })).toEqual(['one', 'two']);
    expect(found({ text: 'THREE' })).toEqual(['three']);
    expect(found({ sinceMs: Date.parse('2026-11-21T10:30:00Z') })).toEqual(['three']);
    expect(found({ service: 'crm', level: 'info', text: 'o' })).toEqual(['one']);
    expect(window.find({ limit: 1 }).map(({ message }) => message)).toEqual(['three']);
  });

  test('a logger tells the window what it writes, with the trace that is active, in both formats', () => {
    for (const logFormat of ['json', 'pretty'] as const) {
      const window = new LogWindow();
      const logger = createLogger({ logLevel: 'warn', logFormat }, window).child({ service: 'tests' });
      logger.info({}, 'not said');
      open().within(`00-${TRACE}-00f067aa0ba902b7-00`, () =>
        logger.warn({ workflowId: 'w-1', count: 2 }, 'said'),
      );
      expect(window.find({ limit: 10 })).toEqual([
        {
          time: expect.stringMatching(/^\d{4}-.*Z$/),
          level: 'warn',
          service: 'tests',
          message: 'said',
          traceId: TRACE,
          workflowId: 'w-1',
          fields: { count: 2 },
        },
      ]);
    }
  });
});
