import { describe, expect, test } from 'bun:test';
import {
  lineText,
  NewLines,
  readLogsArguments,
  searchLogs,
} from '../../../services/platform/operations/search-logs.ts';
import type { LogLine } from '../../../services/platform/telemetry/index.ts';
import { UsageError } from '../../../services/platform/topics/arguments.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const NOW = Date.parse('2026-11-21T10:00:00Z');

const line = (message: string, time: string): LogLine => ({
  time,
  level: 'info',
  service: 'crm',
  message,
  traceId: null,
  workflowId: 'w-1',
  fields: { count: 3, partitions: [0, 1] },
});

describe('bun run logs', () => {
  test('takes filters, and a time before now', () => {
    const words = ['--trace', TRACE, '--level', 'warn', '--since', '5m', '--limit', '20', '-f', '--json'];
    expect(readLogsArguments(words, NOW)).toEqual({
      query: { trace: TRACE, level: 'warn', limit: '20' },
      sinceMs: NOW - 300_000,
      json: true,
      follow: true,
      help: false,
    });
  });

  test('says what a wrong option takes', () => {
    const wrong: readonly (readonly [string, string])[] = [
      ['--trace=xyz', 'trace-id'],
      ['--level=loud', 'trace, debug, info'],
      ['--since=yesterday', '5m'],
      ['--limit=0', '1 to 9999'],
      ['--nothing', 'nothing'],
    ];
    for (const [word, hint] of wrong) {
      const read = (): unknown => readLogsArguments([word], NOW);
      expect(read).toThrow(UsageError);
      expect(read).toThrow(hint);
    }
  });

  test('merges what processes tell by time, and names who does not answer', async () => {
    const asked: string[] = [];
    const serve = (...items: readonly LogLine[]) =>
      Bun.serve({
        port: 0,
        fetch: (request) => {
          asked.push(new URL(request.url).search);
          return Response.json({ items });
        },
      });
    const [one, two] = [
      serve(line('first', '2026-11-21T09:00:00.000Z'), line('third', '2026-11-21T09:00:02.000Z')),
      serve(line('second', '2026-11-21T09:00:01.000Z')),
    ];
    const urls = [one, two].map(({ port }) => `http://127.0.0.1:${port}`);
    const instance = (operationsUrl: string) => ({ operationsUrl }) as never;
    const discovery = { all: () => [...urls, ...urls, 'http://127.0.0.1:9'].map(instance) };
    const auth = { headers: async () => ({}) };
    const told = await searchLogs({ query: { service: 'crm' }, sinceMs: NOW }, { discovery, auth });
    expect(told.items.map(({ message }) => message)).toEqual(['first', 'second', 'third']);
    expect(told.processes).toBe(2);
    expect(told.missing.map(({ url }) => url)).toEqual(['http://127.0.0.1:9']);
    expect(asked).toEqual([`?service=crm&since=${NOW}`, `?service=crm&since=${NOW}`]);
    await Promise.all([one.stop(true), two.stop(true)]);
  });

  test('following shows each line once, also where the answers overlap', () => {
    const lines = new NewLines();
    const [a, b, c] = ['a', 'b', 'c'].map((each) => line(each, '2026-11-21T09:00:00.000Z')) as [
      LogLine,
      LogLine,
      LogLine,
    ];
    expect(lines.of([a, b])).toEqual([a, b]);
    expect(lines.of([b, c])).toEqual([c]);
    expect(lines.of([c])).toEqual([]);
  });

  test('a line for people has its time, level, service, message and fields', () => {
    expect(lineText(line('gained', '2026-11-21T09:00:00.000Z'))).toBe(
      '2026-11-21T09:00:00.000Z INFO  crm                  gained workflowId=w-1 count=3 partitions=[0,1]',
    );
  });
});
