import { expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeWithCluster } from '../broker/index.ts';
import { BillingSubject } from './billing.ts';
import { readOptions } from './options.ts';
import { printed } from './report.ts';
import { runChaos } from './run.ts';

/** Some four times what it takes on two cores that do nothing else. */
const TEST_MS = 400_000;

/** Small, so that it is no burden: three processes on three brokers, and one of each fault at least. */
const ARGUMENTS = [
  ['--seed', '7'],
  ['--job-store', 'sqlite'], // the one that can be locked
  ['--workflows', '600'],
  ['--minutes', '0.42'],
  ['--engines', '2'],
  ['--crms', '1'],
  ['--coordinators', '1'],
  ['--partitions', '6'],
  ['--session', '3s'],
  ['--freeze-up-to', '8s'],
  ['--least', '1'],
  ['--faults', 'engine,crm,coordinator,broker,zombie,store,duplicates,broken'],
].flat();

describeWithCluster('chaos over the billing lab on three brokers', () => {
  test(
    '600 workflows end once each, through kill -9 of every service and of a broker, a zombie, a locked job store, copies of all records and broken ones',
    async () => {
      const options = readOptions(ARGUMENTS);
      if (options === null) throw new Error('these are no arguments for help');
      const directory = mkdtempSync(join(tmpdir(), 'requite-chaos-'));
      const lines: string[] = [];
      const subject = await BillingSubject.open(options, directory);
      try {
        const report = await runChaos(options, subject, (line) => lines.push(line));
        // what was done, and what came of it, is what whoever sees this fail wants to read
        if (report.verdict !== 'pass') console.error(`${lines.join('\n')}\n${printed(report)}`);
        expect(report.complaints).toEqual([]);
        expect(report.tooFew).toEqual([]);
        expect(report.counts.accepted).toBe(600);
        expect(report.deaths).toEqual([]);
      } finally {
        await subject.close();
        rmSync(directory, { recursive: true, force: true });
      }
    },
    TEST_MS,
  );
});
