import { afterEach, beforeEach, expect, test } from 'bun:test';
import { LittleIssuer } from '../../platform/auth/little-issuer.ts';
import { ShopSettings } from '../../platform/configuration/support.ts';
import { until } from '../../support/until.ts';
import { ConfigurationBench, send } from './support.ts';

let bench: ConfigurationBench;
let issuer: LittleIssuer;
beforeEach(async () => {
  bench = await ConfigurationBench.make();
  issuer = await LittleIssuer.start();
});
afterEach(async () => {
  await bench.close();
  await issuer.stop();
});

const path = '/settings/shop/batchSize';

test('operators read, configuration admins change, others do neither; the history has the name of the token', async () => {
  const service = await bench.start({ OIDC_ISSUER: issuer.url });
  bench.process().of('shop', ShopSettings);
  const as = async (name: string, role: string) => {
    const token = await issuer.token({ preferred_username: name, realm_access: { roles: [role] } });
    return { authorization: `Bearer ${token}` };
  };
  const [olga, carl, otto] = [
    await as('olga', 'operator'),
    await as('carl', 'configuration-admin'),
    await as('otto', 'order-writer'),
  ];
  const status = async (method: string, who: Record<string, string>, body?: unknown) =>
    (await send(service, method, path, body, who)).status;
  await until('the shop to be known', async () => (await status('GET', olga)) === 200);
  expect([await status('GET', {}), await status('GET', otto), await status('GET', carl)]).toEqual([
    401, 403, 200,
  ]);
  const put = { value: 7 };
  expect([
    await status('PUT', {}, put),
    await status('PUT', olga, put),
    await status('DELETE', olga),
  ]).toEqual([401, 403, 403]);
  expect(await status('PUT', carl, put)).toBe(200);
  const history = await send(service, 'GET', `${path}/history`, undefined, olga);
  expect(history.body.changes).toMatchObject([{ number: 1, to: 7, by: 'carl' }]);
  expect((await send(service, 'GET', '/')).status).toBe(200);
});
