import { expect, test } from 'bun:test';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { services as catalogue, sets } from '../../services/catalogue.ts';
import { readSettings, settingsHelp } from '../../services/platform/config.ts';

const root = resolve(import.meta.dir, '../..');
const read = (name: string): string => readFileSync(join(root, name), 'utf8');

interface Service {
  readonly image?: string;
  readonly build?: string;
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly container_name?: string;
  readonly profiles?: readonly string[];
  readonly deploy?: { readonly replicas?: number };
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}
const compose = Bun.YAML.parse(read('compose.yaml')) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly 'x-mail-settings': Readonly<Record<string, string>>;
};
const services = Object.entries(compose.services);
const ours = services.filter(([, { build }]) => build !== undefined);
const settingsOf = ({ environment = {} }: Service) =>
  readSettings(Object.fromEntries(Object.entries(environment).map(([k, v]) => [k, String(v)])), false);

/** The lines of the Dockerfile, with what is continued on the next line in one. */
const instructions = read('Dockerfile')
  .replaceAll('\\\n', ' ')
  .split('\n')
  .filter((line) => /^[A-Z]/.test(line))
  .map((line) => {
    const [, name = '', rest = ''] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    return { name, rest };
  });
const all = (name: string): string[] =>
  instructions.filter((each) => each.name === name).map(({ rest }) => rest);
/** What is copied from this checkout: [source, target]. */
const copied = all('COPY')
  .filter((rest) => !rest.startsWith('--from'))
  .flatMap((rest) => {
    const words = rest.split(/\s+/);
    const target = words.at(-1) ?? '';
    return words.slice(0, -1).map((source): [string, string] => [source, target]);
  });

test('every image is pinned to a version', () => {
  const images = [
    ...services.filter(([, { build }]) => build === undefined).map(([, { image }]) => image ?? 'none'),
    ...all('FROM').map((rest) => rest.split(/\s+/)[0] ?? 'none'),
  ];
  expect(images.length).toBeGreaterThanOrEqual(5);
  for (const image of images) expect(image).toMatch(/^[\w./-]+:v?\d+\.\d+(\.\d+)?(-\w+)?$/);
});

test('the image runs the Bun that the project is tested with', () => {
  const { devDependencies } = JSON.parse(read('package.json')) as {
    devDependencies: Record<string, string>;
  };
  for (const from of all('FROM')) expect(from).toStartWith(`oven/bun:${devDependencies['bun-types']}-`);
});

test('every variable that a service of ours is given is a setting, with a value that it takes', () => {
  const known = new Set(
    settingsHelp()
      .match(/^ {2}[A-Z_]+/gm)
      ?.map((name) => name.trim()),
  );
  expect(known.size).toBeGreaterThan(10);
  expect(ours.map(([name]) => name)).toEqual([
    ...['coordinator', 'engine', 'crm'],
    ...['orders', 'inventory', 'fraud', 'order-details', 'validation-aggregator', 'email', 'topics'],
  ]);
  for (const [, service] of ours) {
    for (const name of Object.keys(service.environment ?? {})) expect(known).toContain(name);
    const settings = settingsOf(service);
    expect(settings.kafka?.brokers).toEqual(['redpanda:9092']);
    expect(settings.host).toBe('0.0.0.0');
    expect(settings.partitions).toBe(settingsOf(compose.services.coordinator ?? {}).partitions);
  }
});

test('engines can be scaled: their jobs are in PostgreSQL, their bills on one volume, and no port is theirs', () => {
  const engine = compose.services.engine ?? {};
  const settings = settingsOf(engine);
  expect(settings.jobStore).toBe('postgres');
  expect(settings.postgresUrl).toContain('@postgres:');
  expect(engine.volumes).toContain(`bills:${settings.billsDir}`);
  expect(engine.deploy?.replicas).toBe(2);
  expect(engine.ports).toBeUndefined();
  expect(engine.container_name).toBeUndefined();
  expect(settings.partitions).toBeGreaterThanOrEqual(engine.deploy?.replicas ?? Number.POSITIVE_INFINITY);
});

test('PostgreSQL is set up with the name and password that the engines use', () => {
  const { POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB } = compose.services.postgres?.environment ?? {};
  const url = `postgres://${POSTGRES_USER}:${POSTGRES_PASSWORD}@postgres:5432/${POSTGRES_DB}`;
  expect(settingsOf(compose.services.engine ?? {}).postgresUrl).toBe(url);
});

test('the mail server that the email service is told of is the one that is there', () => {
  const settings = settingsOf({ environment: compose['x-mail-settings'] });
  const { hostname, port } = new URL(settings.smtpUrl ?? '');
  expect([hostname, port]).toEqual(['mailpit', '1025']);
  expect(compose.services.mailpit?.healthcheck?.test).toBeArray();
});

test('ports are opened to this machine only, since nothing asks who comes', () => {
  const ports = services.flatMap(([, service]) => service.ports ?? []);
  expect(ports.sort()).toEqual([
    '127.0.0.1:19092:19092',
    '127.0.0.1:3007:3007',
    '127.0.0.1:3008:3008',
    '127.0.0.1:3009-3010:3009',
    '127.0.0.1:8025:8025',
    '127.0.0.1:8080:8080',
  ]);
});

test('the broker sends programs on this machine to the port that is opened for them', () => {
  const command = compose.services.redpanda?.command ?? [];
  expect(command).toContain('--advertise-kafka-addr=internal://redpanda:9092,external://localhost:19092');
  expect(command).toContain('--kafka-addr=internal://0.0.0.0:9092,external://0.0.0.0:19092');
});

test('whoever waits for a service to be healthy waits for one that says whether it is', () => {
  for (const [, { depends_on = {} }] of services) {
    for (const [name, { condition }] of Object.entries(depends_on)) {
      expect(condition).toBe('service_healthy');
      expect(compose.services[name]?.healthcheck?.test).toBeArray();
    }
  }
  expect(Object.keys(compose.services.engine?.depends_on ?? {}).sort()).toEqual(['postgres', 'redpanda']);
});

test('the health checks ask where the service listens', () => {
  const { coordinatorPort, crmPort } = settingsOf({});
  expect(all('HEALTHCHECK').join()).toContain(`:${coordinatorPort}/health/ready`);
  expect(compose.services.crm?.healthcheck?.test?.join()).toContain(`:${crmPort}/health/ready`);
  expect(compose.services.coordinator?.healthcheck).toBeUndefined();
  expect(compose.services.engine?.healthcheck).toEqual({ disable: true });
});

test('every named volume that is used is declared, and the other way round', () => {
  const used = services.flatMap(([, { volumes = [] }]) =>
    volumes.map((volume) => volume.split(':')[0] ?? ''),
  );
  expect([...new Set(used)].sort()).toEqual(Object.keys(compose.volumes).sort());
});

test('the container runs as a user without rights, who owns the folders of its volumes and nothing else', () => {
  expect(all('USER')).toEqual(['bun']);
  const lastRoot = instructions.findIndex(({ name }) => name === 'USER');
  expect(instructions.slice(lastRoot).some(({ name }) => name === 'COPY' || name === 'RUN')).toBe(false);
  const owned =
    all('RUN')
      .join()
      .match(/chown bun:bun ([^&,]*)/)?.[1]
      ?.trim()
      .split(' ') ?? [];
  const mounted = ours.flatMap(([, { volumes = [] }]) => volumes.map((volume) => volume.split(':')[1] ?? ''));
  expect(owned.sort()).toEqual([...new Set(mounted)].sort());
});

test('the image takes what is there, lets in no more, and has all that its services need', () => {
  const allowed = read('.dockerignore')
    .split('\n')
    .flatMap((line) => /^!(.+)$/.exec(line)?.[1] ?? []);
  expect(read('.dockerignore')).toMatch(/^\*$/m);
  expect([...new Set(copied.map(([source]) => source))].sort()).toEqual([...allowed].sort());
  const app = mkdtempSync(join(tmpdir(), 'requite-image-'));
  try {
    for (const [source, target] of copied) {
      expect(existsSync(join(root, source))).toBe(true);
      cpSync(join(root, source), join(app, target.endsWith('/') ? source : target), { recursive: true });
    }
    symlinkSync(join(root, 'node_modules'), join(app, 'node_modules'));
    const commands = [
      all('ENTRYPOINT')[0] ?? '[]',
      JSON.stringify(compose.services.topics?.entrypoint ?? []),
    ];
    for (const [, script = ''] of commands.map((json) => JSON.parse(json) as string[])) {
      const { status, stdout } = spawnSync(process.execPath, [script, '--help'], {
        cwd: app,
        encoding: 'utf8',
      });
      expect(status).toBe(0);
      expect(stdout).toContain('Usage:');
    }
  } finally {
    rmSync(app, { recursive: true });
  }
});

test('the services that it starts are those that there are', () => {
  const names = ours
    .filter(([, { entrypoint }]) => entrypoint === undefined)
    .flatMap(([, { command }]) => command ?? []);
  expect(names.sort()).toEqual(Object.keys(catalogue).sort());
});

test('the orders ecosystem is a profile: two Orders instances that find each other, mails to Mailpit', () => {
  const profiled = services.filter(([, { profiles = [] }]) => profiles.includes('orders'));
  const started = profiled.flatMap(([, { command }]) => command ?? []);
  expect(started.sort()).toEqual((sets.orders ?? []).filter((name) => name !== 'crm').sort());
  const { orders = {}, email = {} } = compose.services;
  expect(orders.deploy?.replicas).toBe(2);
  // each is reached under its own host name by the other
  expect(settingsOf(orders).advertisedHost).toBeNull();
  expect(settingsOf(email).smtpUrl).toBe('smtp://mailpit:1025');
  for (const [name, service] of profiled.filter(([, { build }]) => build !== undefined)) {
    expect([name, settingsOf(service).jobStore]).toEqual([name, 'postgres']);
    expect(service.depends_on?.postgres?.condition).toBe('service_healthy');
  }
});

const { status: composeStatus } = spawnSync('docker', ['compose', 'version']);
test.skipIf(composeStatus !== 0)(
  'docker compose itself accepts it (left out where it is not installed)',
  () => {
    const { status, stderr } = spawnSync('docker', ['compose', '--profile', 'tools', 'config', '--quiet'], {
      cwd: root,
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(status).toBe(0);
  },
);
