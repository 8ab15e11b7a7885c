import { describe, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { IncomingRecord, JobEvent } from '../../core/mod.ts';
import { expectSameBills, readBills } from './bills.ts';
import { readReports } from './reports.ts';

// what the stories trust: that a bill made twice, or made otherwise, would be seen

describe('reports', () => {
  const completed: JobEvent = { event: 'completed', result: 'a bill' };
  const started: JobEvent = { event: 'started', createTime: '2026-11-30T12:00:00Z' };

  function report(revision: number, event: JobEvent, time = '12:00'): IncomingRecord {
    const job = { 'workflow-type': 'bill-generation', 'workflow-id': 'w-1', version: 1, status: 'completed' };
    const value = JSON.stringify({ ...job, revision, time, events: [event] });
    return {
      topic: 'workflow-events',
      partition: 0,
      offset: 0,
      key: 'w-1',
      value,
      headers: {},
      timestampMs: 0,
    };
  }

  test('a report that comes again, at another time, is a repeat', () => {
    const found = readReports([report(1, started), report(2, completed), report(2, completed, '12:01')]);
    expect(found).toEqual({ completed: new Set(['w-1']), repeated: new Set(['w-1']), contradicted: [] });
  });

  test('a second result is a contradiction, in the same revision or another', () => {
    const other: JobEvent = { event: 'completed', result: 'another bill' };
    expect(readReports([report(2, completed), report(2, other)]).contradicted).toEqual(['w-1']);
    expect(readReports([report(2, completed), report(3, completed)]).contradicted).toEqual(['w-1']);
  });
});

describe('bills', () => {
  const bill = new Map([['w-1.txt', Buffer.from('10 EUR')]]);

  test('a missing bill, one too many and other bytes are differences', () => {
    expectSameBills(new Map(bill), bill);
    const others = [
      new Map(),
      new Map([...bill, ['w-2.txt', Buffer.from('')]]),
      new Map([['w-1.txt', Buffer.from('11 EUR')]]),
    ];
    for (const other of others) expect(() => expectSameBills(other, bill)).toThrow();
  });

  test('two directories must not differ in a bill that both have', () => {
    const root = mkdtempSync(join(tmpdir(), 'requite-bills-'));
    const directories = ['one', 'two', 'other'].map((name) => join(root, name));
    for (const [at, directory] of directories.entries()) {
      mkdirSync(directory);
      writeFileSync(join(directory, 'w-1.txt'), at < 2 ? '10 EUR' : '11 EUR');
    }
    expect(readBills(directories.slice(0, 2))).toEqual(bill);
    expect(() => readBills(directories)).toThrow('other bytes as w-1.txt');
    rmSync(root, { recursive: true });
  });
});
