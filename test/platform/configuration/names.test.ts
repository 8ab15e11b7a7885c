import { expect, test } from 'bun:test';
import { isSecretName, nearest, pinName } from '../../../services/platform/configuration/names.ts';

const variables: readonly [service: string, key: string, variable: string][] = [
  ['orders-service', 'stockCheckTimeoutMs', 'CONFIG_ORDERS_SERVICE_STOCK_CHECK_TIMEOUT_MS'],
  ['crm', 'logLevel', 'CONFIG_CRM_LOG_LEVEL'],
  ['a.b', 'retry-after2Ms', 'CONFIG_A_B_RETRY_AFTER2_MS'],
];
for (const [service, key, variable] of variables) {
  test(`${key} of ${service} is pinned by ${variable}`, () => {
    expect(pinName(service, key)).toBe(variable);
  });
}

test('a mistyped name is taken for its nearest, another one for none', () => {
  const names = ['logLevel', 'stockCheckTimeoutMs', 'batchSize'];
  expect(nearest('loglevel', names)).toBe('logLevel');
  expect(nearest('logLevl', names)).toBe('logLevel');
  expect(nearest('stockTimeoutMs', names)).toBe('stockCheckTimeoutMs');
  expect(nearest('colour', names)).toBeNull();
  expect(nearest('logLevel', [])).toBeNull();
});

test('what must not be known is told by its name', () => {
  for (const name of ['password', 'webhookSecret', 'apiKey', 'API_KEY', 'accessToken', 'credentials'])
    expect([name, isSecretName(name)]).toEqual([name, true]);
  for (const name of ['tokenLifetimeMs', 'keyCount', 'logLevel', 'secretsPerPage'])
    expect([name, isSecretName(name)]).toEqual([name, false]);
});
