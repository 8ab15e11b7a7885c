import { afterAll, beforeAll, expect, test } from 'bun:test';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { refuseExposure } from '../../../services/platform/auth/index.ts';
import { readSettings, SettingsError } from '../../../services/platform/config.ts';
import { startRestService } from '../../../services/platform/http/index.ts';
import type { Platform } from '../../../services/platform/service.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'requite-exposure-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const settingsOf = (environment: Record<string, string>) => readSettings(environment, false);
const issuer = 'https://login.example/realms/requite';

test.each<[string, Record<string, string>]>([
  ['nothing set', {}],
  ['localhost', { HOST: 'localhost' }],
  ['another address of the loopback network', { HOST: '127.0.0.2' }],
  ['::1', { HOST: '::1' }],
  ['all addresses, with an issuer', { HOST: '0.0.0.0', OIDC_ISSUER: issuer }],
  ['all addresses, by leave', { HOST: '0.0.0.0', ALLOW_INSECURE: '1' }],
  ['an issuer on this machine without https', { OIDC_ISSUER: 'http://localhost:8080/realms/requite' }],
  ['an issuer on this machine, by IPv6', { OIDC_ISSUER: 'http://[::1]:8080/realms/requite' }],
  [
    'an issuer elsewhere without https, by leave',
    { OIDC_ISSUER: 'http://keycloak:8080/realms/requite', ALLOW_INSECURE: '1' },
  ],
])('taken: %s', (_what, environment) => {
  expect(() => refuseExposure(settingsOf(environment))).not.toThrow();
});

test.each<[string, Record<string, string>, RegExp]>([
  ['all addresses', { HOST: '0.0.0.0' }, /set OIDC_ISSUER .* or set ALLOW_INSECURE=1/],
  ['all addresses, by IPv6', { HOST: '::' }, /set OIDC_ISSUER/],
  ['an address of the network', { HOST: '192.168.1.10' }, /set OIDC_ISSUER/],
  ['a name that only looks like this machine', { HOST: '127.0.0.1.example' }, /set OIDC_ISSUER/],
  [
    'an issuer elsewhere without https',
    { OIDC_ISSUER: 'http://keycloak:8080/realms/requite' },
    /use https, or set ALLOW_INSECURE=1/,
  ],
])('refused: %s', (_what, environment, what) => {
  expect(() => refuseExposure(settingsOf(environment))).toThrow(SettingsError);
  expect(() => refuseExposure(settingsOf(environment))).toThrow(what);
});

test('a service does not listen where strangers could use it', async () => {
  const platform = { settings: settingsOf({ HOST: '0.0.0.0' }) } as Platform;
  const options = { name: 'crm', title: '', description: '', port: 0 };
  await expect(
    startRestService(platform, options, () => Promise.reject(new Error('opened'))),
  ).rejects.toThrow(SettingsError);
});

test('bun run services ends at once and says what to set', () => {
  const { status, stderr } = spawnSync(process.execPath, ['services/main.ts', 'crm'], {
    cwd: resolve(import.meta.dirname, '../../..'),
    env: { PATH: process.env.PATH ?? '', HOST: '0.0.0.0', DATA_DIR: directory, CRM_PORT: '0' },
    encoding: 'utf8',
  });
  expect(status).toBe(2);
  expect(stderr).toContain('HOST="0.0.0.0" would let everybody on the network do everything');
});
