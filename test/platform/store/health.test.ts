import { expect, test } from 'bun:test';
import type { Logger } from '../../../services/platform/log.ts';
import { tellOfStores } from '../../../services/platform/service.ts';
import { StoreHealth } from '../../../services/platform/store/health.ts';
import { until } from '../../support/until.ts';

test('that a store fails is said once, however often it fails, and once that it is back', async () => {
  let isAway = true;
  let probes = 0;
  const health = new StoreHealth(
    'sqlite',
    async () => {
      probes++;
      if (isAway) throw new Error('still away');
    },
    1,
  );
  const lines: string[] = [];
  const line =
    (level: string) =>
    (fields: object, message: string): void => {
      lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
    };
  const logger = { info: line('info'), warn: line('warn') } as unknown as Logger;
  tellOfStores(logger, [health]);
  for (const reason of ['no room', 'no room yet']) health.failed(reason);
  await until('it to be tried', () => probes > 2);
  expect(health.problem).toBe('still away');
  isAway = false;
  await until('it to be back', () => health.problem === null);
  expect(lines).toEqual([
    'warn the store fails, and is tried again {"store":"sqlite","reason":"no room"}',
    'info the store works again {"store":"sqlite"}',
  ]);
  health.failed('again');
  expect(lines).toHaveLength(3);
  health.close();
});
