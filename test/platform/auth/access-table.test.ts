import { afterAll, beforeAll, expect, test } from 'bun:test';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pino } from 'pino';
import { services, startOf } from '../../../services/catalogue.ts';
import { ROLES } from '../../../services/platform/auth/access.ts';
import { type Backing, openBacking } from '../../../services/platform/backing.ts';
import { readSettings } from '../../../services/platform/config.ts';
import { startOperations } from '../../../services/platform/operations/index.ts';
import { openPlatform, type RunningPlatform } from '../../../services/platform/platform.ts';
import { LogWindow } from '../../../services/platform/telemetry/log-window.ts';

const root = resolve(import.meta.dirname, '../../..');
const page = readFileSync(join(root, 'docs/authentication.md'), 'utf8');
const realm = JSON.parse(readFileSync(join(root, 'deploy/keycloak/requite-realm.json'), 'utf8'));
const logger = pino({ level: 'silent' });
const logs = { window: new LogWindow() };

/** What every REST of ours has: told once, not once a service. */
const COMMON = ['GET /', 'GET /health/live', 'GET /health/ready', 'GET /metrics'];

interface Api {
  readonly service: string;
  /** By method and path: who may use it, as the route says. */
  readonly routes: ReadonlyMap<string, unknown>;
}

let directory: string;
let backing: Backing;
let platform: RunningPlatform;
let apis: readonly Api[];
const stops: (() => Promise<void>)[] = [];

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'requite-access-'));
  const ports = 'COORDINATOR CRM ORDERS PRODUCTS INVENTORY NOTIFICATIONS CONFIGURATION OPERATIONS'.split(' ');
  const free = Object.fromEntries(ports.map((each) => [`${each}_PORT`, '0']));
  const settings = readSettings({ ...free, DATA_DIR: directory, PARTITIONS: '1', TRACING: 'off' }, false);
  backing = await openBacking(settings, logger);
  platform = openPlatform({ settings, backing, logger });
  const operations = startOperations({ platform, logs, services: () => new Map() });
  stops.push(() => operations.stop());
  const names = Object.keys(services);
  const started = await Promise.all(names.map(async (name) => (await startOf(name))(platform)));
  stops.push(...started.map((service) => () => service.stop()));
  const listening = [...started, { name: 'every process', url: operations.url }];
  const all = listening.map(async ({ name, url }) => (url === null ? [] : [await apiOf(name, url)]));
  apis = (await Promise.all(all)).flat();
}, 300_000);

afterAll(async () => {
  for (const stop of stops.reverse()) await stop();
  await platform.close();
  await backing.close();
  rmSync(directory, { recursive: true, force: true });
}, 60_000);

async function apiOf(service: string, url: string): Promise<Api> {
  const { paths } = (await (await fetch(`${url}/openapi.json`)).json()) as {
    paths: Record<string, Record<string, { 'x-access'?: unknown }>>;
  };
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(
      ([method, { 'x-access': access }]) => [`${method.toUpperCase()} ${path}`, access] as const,
    ),
  );
  return { service, routes: new Map(routes) };
}

const told = (access: unknown): string => {
  if (access === 'anybody') return 'any good token';
  return Array.isArray(access) ? access.join(', ') : String(access);
};

test('each route of each service says who may use it', () => {
  const undecided = apis.flatMap(({ service, routes }) =>
    [...routes].filter(([, access]) => access === undefined).map(([route]) => `${service}: ${route}`),
  );
  expect(undecided).toEqual([]);
});

test('roles are among those that there are', () => {
  const named = apis.flatMap(({ routes }) => [...routes.values()].filter(Array.isArray).flat());
  expect([...new Set(named)].filter((role) => !(ROLES as readonly unknown[]).includes(role))).toEqual([]);
});

test('what every service has is open, but for its metrics', () => {
  for (const { routes } of apis) {
    for (const route of COMMON.filter((each) => routes.has(each)))
      expect(told(routes.get(route))).toBe(route === 'GET /metrics' ? 'operator' : 'public');
  }
});

test('the table in docs/authentication.md has each route, and no other', () => {
  const rows = apis.flatMap(({ service, routes }) =>
    [...routes]
      .filter(([route]) => !COMMON.includes(route))
      .map(([route, access]) => `| ${service} | \`${route}\` | ${told(access)} |`),
  );
  const [, table = ''] = /\| service +\|.*\n\|[- |]+\n([\s\S]*?)\n\n/.exec(page) ?? [];
  // a table that is formatted has its columns filled up with blanks
  const written = table.split('\n').map((row) => row.replace(/ +/g, ' ').trim());
  expect(written.sort()).toEqual(rows.sort());
});

test('the realm has all roles, and people who have them', () => {
  expect(realm.roles.realm.map(({ name }: { name: string }) => name).sort()).toEqual([...ROLES].sort());
  const roles = Object.fromEntries(
    realm.users.map((user: { username: string; realmRoles: string[] }) => [user.username, user.realmRoles]),
  );
  expect(roles).toEqual({
    alice: ['run-starter', 'bill-reader'],
    bob: ['order-writer', 'order-reader'],
    admin: ['admin'],
    'service-account-requite-services': ['service'],
  });
});
