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
/** As a container gets them, where the shell that compose is run in sets nothing: `${NAME:-}` is empty. */
const settingsOf = ({ environment = {} }: Service, shell: Readonly<Record<string, string>> = {}) => {
  const given = (value: string | number): string =>
    String(value).replace(/\$\{(\w+):-\}/g, (_, name: string) => shell[name] ?? '');
  return readSettings(Object.fromEntries(Object.entries(environment).map(([k, v]) => [k, given(v)])), false);
};

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

/** What the image sets for whoever runs it. */
const envOfImage = Object.fromEntries(
  all('ENV')
    .join(' ')
    .split(' ')
    .map((pair) => pair.split('=') as [string, string]),
);

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
    ...['orders', 'orders-2', 'inventory', 'fraud', 'order-details', 'validation-aggregator'],
    ...['fulfilment', 'logistic', 'email', 'products'],
    ...['notifications', 'configuration', 'invoice', 'forecasting', 'topics'],
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
  expect(ports.sort()).toEqual(
    [
      '127.0.0.1:19092:19092',
      '127.0.0.1:3007:3007',
      '127.0.0.1:3008:3008',
      '127.0.0.1:3009:3009',
      '127.0.0.1:3010:3010',
      '127.0.0.1:3011:3011',
      '127.0.0.1:3012:3012',
      '127.0.0.1:3013:3013',
      '127.0.0.1:3000:3000',
      '127.0.0.1:8180:8080',
      '127.0.0.1:8025:8025',
      '127.0.0.1:8080:8080',
    ].sort(),
  );
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

test('the health check asks every container on its operations port', () => {
  const settings = settingsOf({ environment: envOfImage });
  expect(settings.operationsPort).toBe(9400);
  expect(all('HEALTHCHECK').join()).toContain(`:${settings.operationsPort}/health/ready`);
  for (const [name, service] of ours.filter(([, { entrypoint }]) => entrypoint === undefined)) {
    expect([name, settingsOf(service).operationsPort]).toEqual([name, 9400]);
    expect([name, service.healthcheck]).toEqual([name, undefined]);
  }
});

test('every named volume that is used is declared, and the other way round', () => {
  const used = services.flatMap(([, { volumes = [] }]) =>
    volumes.map((volume) => volume.split(':')[0] ?? '').filter((name) => !name.startsWith('./')),
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
  // the Orders service twice: each instance has a part of the view
  expect(names.sort()).toEqual([...Object.keys(catalogue), 'orders-service'].sort());
});

test('the orders ecosystem is a profile: two Orders instances that find each other, mails to Mailpit', () => {
  const profiled = services.filter(([, { profiles = [] }]) => profiles.includes('orders'));
  const started = profiled.flatMap(([, { command }]) => command ?? []);
  const expected = [...(sets.orders ?? []).filter((name) => name !== 'crm'), 'orders-service'];
  expect(started.sort()).toEqual(expected.sort());
  const { orders = {}, email = {} } = compose.services;
  // each is reached under its own host name by the other
  expect(settingsOf(orders).advertisedHost).toBeNull();
  expect(settingsOf(email).smtpUrl).toBe('smtp://mailpit:1025');
  for (const [name, service] of profiled.filter(([, { build }]) => build !== undefined)) {
    expect([name, settingsOf(service).jobStore]).toEqual([name, 'postgres']);
    expect(service.depends_on?.postgres?.condition).toBe('service_healthy');
  }
});

const fullEnv = Object.fromEntries(
  read('deploy/full.env')
    .split('\n')
    .filter((line) => /^\w+=/.test(line))
    .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as [string, string]),
);

test('everything is a profile, with tokens from the Keycloak that is there and telemetry to the Grafana that is there', () => {
  const full = services.filter(([, { profiles = ['full'] }]) => profiles.includes('full'));
  const started = full
    .filter(([, { build }]) => build !== undefined)
    .flatMap(([, { command }]) => command ?? []);
  expect([...new Set(started)].sort()).toEqual([...(sets.all ?? [])].sort());
  for (const [name, service] of full.filter(([, { build }]) => build !== undefined)) {
    expect([name, settingsOf(service).oidc]).toEqual([name, null]);
    expect([name, settingsOf(service).allowInsecure]).toEqual([name, true]);
    const { oidc, telemetry } = settingsOf(service, fullEnv);
    expect(new URL(oidc?.issuer ?? '').host).toBe('keycloak:8080');
    expect(oidc?.client?.id).toBe('requite-services');
    expect(telemetry.otlpEndpoint).toBe('http://lgtm:4318');
  }
  const realm = JSON.parse(read('deploy/keycloak/requite-realm.json')) as {
    readonly realm: string;
    readonly clients: readonly { readonly clientId: string; readonly secret?: string }[];
  };
  const { oidc } = settingsOf(compose.services.crm ?? {}, fullEnv);
  expect(oidc?.issuer).toEndWith(`/realms/${realm.realm}`);
  const secret = realm.clients.find(({ clientId }) => clientId === oidc?.client?.id)?.secret;
  expect(oidc?.client?.secret).toBe(secret ?? 'none in the realm');
  expect(compose.services.keycloak?.environment?.KC_HOSTNAME).toBe(new URL(oidc?.issuer ?? '').origin);
});

test('Prometheus asks every container of ours, where it tells of itself', () => {
  const { scrape_configs: [job] = [] } = Bun.YAML.parse(read('deploy/grafana/prometheus.yaml')) as {
    readonly scrape_configs?: readonly {
      readonly dns_sd_configs: readonly { readonly names: readonly string[]; readonly port: number }[];
      readonly oauth2: {
        readonly client_id: string;
        readonly client_secret: string;
        readonly token_url: string;
      };
    }[];
  };
  const [found] = job?.dns_sd_configs ?? [];
  const containers = ours.filter(([, { entrypoint }]) => entrypoint === undefined).map(([name]) => name);
  expect([...(found?.names ?? [])].sort()).toEqual(containers.sort());
  expect(found?.port).toBe(9400);
  expect(job?.oauth2.client_id).toBe(fullEnv.OIDC_CLIENT_ID ?? '');
  expect(job?.oauth2.client_secret).toBe(fullEnv.OIDC_CLIENT_SECRET ?? '');
  expect(job?.oauth2.token_url).toStartWith(fullEnv.OIDC_ISSUER ?? 'no issuer');
});

test('what is mounted from this checkout is there', () => {
  const mounted = services.flatMap(([, { volumes = [] }]) =>
    volumes.flatMap((volume) => (volume.startsWith('./') ? [volume.split(':')[0] ?? ''] : [])),
  );
  expect(mounted.length).toBeGreaterThan(3);
  for (const path of mounted) expect([path, existsSync(join(root, path))]).toEqual([path, true]);
});

const { status: composeStatus } = spawnSync('docker', ['compose', 'version']);
test.skipIf(composeStatus !== 0).each([
  ['everything', ['--env-file', 'deploy/full.env', '--profile', 'full']],
  ['the tools', ['--profile', 'tools']],
])('docker compose itself accepts %s (left out where it is not installed)', (_, args) => {
  const { status, stderr } = spawnSync('docker', ['compose', ...args, 'config', '--quiet'], {
    cwd: root,
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(status).toBe(0);
});
