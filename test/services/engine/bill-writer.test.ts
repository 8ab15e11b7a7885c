import { expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { billGeneration } from '../../../core/mod.ts';
import { sampleCustomers } from '../../../services/crm/samples.ts';
import { startEngine } from '../../../services/engine/index.ts';
import { openBacking, serveAnswers, startWorkflow } from '../../../services/platform/bun.ts';
import { readSettings } from '../../../services/platform/config.ts';
import { createLogger } from '../../../services/platform/log.ts';
import { openPlatform } from '../../../services/platform/platform.ts';

import { until } from '../../support/until.ts';

test('bills that could not be written are all written, in the end, and none is passed over', async () => {
  const settings = readSettings({ DATA_DIR: mkdtempSync(join(tmpdir(), 'requite-writer-')) }, false);
  const logger = createLogger({ logLevel: 'silent', logFormat: 'json' });
  const backing = await openBacking(settings);
  const platform = openPlatform({ settings, backing, logger });
  const engine = await startEngine(platform);
  const customer = { ...sampleCustomers[0] };
  const answers = await serveAnswers({ customer: () => customer }, { backing, logger });
  rmSync(settings.billsDir, { recursive: true });
  const ids = Array.from({ length: 12 }, (_, at) => `w-${at}`);
  for (const id of ids) await startWorkflow(billGeneration, id, { customerIdentifier: '1' }, { backing });
  await until(
    'the writer to be held up',
    async () => (await engine.readiness()).checks['bill-writer'] !== 'running',
  );
  // long enough for the loop to have tried record by record
  await until('several tries', async () => {
    const failed = await platform.metrics.getSingleMetric('group_failed_units_total')?.get();
    return (failed?.values.find(({ labels }) => labels.group === 'bill-writer')?.value ?? 0) > 4;
  });
  mkdirSync(settings.billsDir);
  await until(
    'every bill',
    () => readdirSync(settings.billsDir).filter((name) => name.endsWith('.txt')).length === ids.length,
  );
  expect(readdirSync(settings.billsDir).sort()).toEqual(ids.map((id) => `${id}.txt`).sort());
  await answers.stop();
  await engine.stop();
  await platform.close();
  await backing.close();
}, 60_000);
