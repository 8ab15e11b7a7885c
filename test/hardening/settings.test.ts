import { afterAll, beforeAll, expect, test } from 'bun:test';
import { readSettings, settingsHelp } from '../../services/platform/config.ts';
import { type Operations, startOperations } from '../../services/platform/operations/index.ts';
import { HardeningLab } from './lab.ts';

// The limits of HTTP are settings, and every server of ours has them: those of services, and the process's own.

const VARIABLES = {
  REQUEST_RATE: '1',
  REQUESTS_AT_ONCE: '7',
  REQUEST_BODY_SECONDS: '3',
  TRUSTED_PROXIES: '1',
  HSTS_SECONDS: '60',
};

let lab: HardeningLab;
let operations: Operations;
beforeAll(async () => {
  lab = await HardeningLab.start(['crm', 'coordinator'], {}, VARIABLES);
  const { platform } = lab;
  const logs = { window: { find: () => [] } };
  operations = startOperations({ platform, logs, services: () => new Map() });
});
afterAll(async () => {
  await operations.stop();
  await lab.close();
});

test('settings are read, checked and explained', () => {
  expect(readSettings(VARIABLES, false).requests).toEqual({
    perSecond: 1,
    atOnce: 7,
    bodySeconds: 3,
    trustedProxies: 1,
    hstsSeconds: 60,
  });
  for (const name of Object.keys(VARIABLES)) {
    expect(settingsHelp()).toContain(`  ${name} `);
    expect(() => readSettings({ [name]: '-1' }, false)).toThrow(`${name}="-1" can't be used`);
  }
});

test('each server keeps to them: a client that asks without end is told to wait, another is served', async () => {
  for (const url of [lab.url('crm'), lab.url('coordinator'), operations.url]) {
    const ask = (client: string): Promise<Response> =>
      fetch(`${url}/health/live`, { headers: { 'x-forwarded-for': client } });
    const statuses = new Set<number>();
    // one a second: some of these come faster, however slow the machine is
    for (let times = 0; times < 50; times++) statuses.add((await ask('10.0.0.1')).status);
    expect([...statuses].sort()).toEqual([200, 429]);
    const other = await ask('10.0.0.2');
    expect([other.status, other.headers.get('strict-transport-security')]).toEqual([
      200,
      'max-age=60; includeSubDomains',
    ]);
  }
});
