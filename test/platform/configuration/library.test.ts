import { afterEach, beforeEach, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ConfigurationError,
  type ServedSettings,
  SettingsError,
  serveSettings,
  setSetting,
} from '../../../services/platform/bun.ts';
import { until } from '../../support/until.ts';
import { ShopSettings } from './support.ts';

let dataDir: string;
const running: Pick<ServedSettings<unknown>, 'stop'>[] = [];
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'requite-settings-'));
});
afterEach(async () => {
  for (const each of running.splice(0)) await each.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

async function serve(environment: Record<string, string> = {}) {
  const settings = await serveSettings('shop', ShopSettings, { dataDir, environment });
  running.push(settings);
  return settings;
}

test("a program's own settings change in all its processes while they run, and a later one begins with them", async () => {
  const shops = [await serve(), await serve({ CONFIG_SHOP_GREETING: 'moin', PATH: '/bin' })];
  const heard: number[] = [];
  shops[0]?.onChange(({ batchSize }) => heard.push(batchSize));
  const setting = { service: 'shop', key: 'batchSize', value: 7, by: 'ann' };
  await until('the schema to be published', () =>
    setSetting(setting, { dataDir }).then(
      () => true,
      () => false,
    ),
  );
  await until('all to have it', () => shops.every(({ current }) => current.batchSize === 7));
  expect(shops.map(({ current }) => current.greeting)).toEqual(['hello', 'moin']);
  expect(heard).toEqual([7]);
  const later = await serve();
  expect([later.current.batchSize, later.readiness()]).toEqual([7, 'running']);
  const refused = setSetting({ ...setting, value: 'many' }, { dataDir });
  expect(await refused.catch((error: unknown) => error)).toBeInstanceOf(ConfigurationError);
});

test('a pinned value that does not fit is refused at the start', async () => {
  const error = await serve({ CONFIG_SHOP_BATCH_SIZE: 'many' }).catch((each: unknown) => each);
  expect(error).toBeInstanceOf(SettingsError);
});
