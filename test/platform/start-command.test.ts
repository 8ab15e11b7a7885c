import { expect, test } from 'bun:test';
import { resolve } from 'node:path';
import { readSettings } from '../../services/platform/config.ts';
import { startCommand } from '../../services/platform/start-command.ts';

const runtime = { execPath: '/usr/bin/bun', main: '/app/services/main.ts', version: '1.4.5' };

const commandFor = (environment: Readonly<Record<string, string>>, of: Partial<typeof runtime> = {}) => {
  const { of: command, ...about } = startCommand(readSettings(environment, false), { ...runtime, ...of });
  return { command: command(['engine']), ...about };
};

test('where everything is as it comes, nothing is to be said of it', () => {
  const usual = { command: 'bun run services engine', isWhole: true, placedBy: 'DATA_DIR' };
  expect(commandFor({})).toEqual(usual as never);
  expect(commandFor({ DATA_DIR: resolve('data') })).toEqual(usual as never);
});

test('another directory, cluster or store is named, as a shell takes it', () => {
  expect(commandFor({ DATA_DIR: '/srv/requite' }).command).toBe(
    'DATA_DIR=/srv/requite bun run services engine',
  );
  expect(commandFor({ DATA_DIR: "/srv/it's here" }).command).toStartWith("DATA_DIR='/srv/it'\\''s here' bun");
  const kafka = commandFor({ BROKERS: 'a:9092,b:9092', JOB_STORE: 'sqlite' });
  expect(kafka.command).toBe('BROKERS=a:9092,b:9092 JOB_STORE=sqlite bun run services engine');
  expect(kafka).toMatchObject({ isWhole: true, placedBy: 'BROKERS' });
});

test('it begins with what whoever started this has', () => {
  const execPath = '/root/.npm/_npx/8666/node_modules/bun/bin/bun.exe';
  expect(commandFor({}, { execPath }).command).toBe('npx --yes bun@1.4.5 run services engine');
  const main = '/home/me/app/node_modules/requite/services/requite.ts';
  expect(commandFor({}, { main }).command).toBe('bunx requite services engine');
});

test('no secret is shown, and that something is left out is said', () => {
  const secrets = {
    BROKERS: 'a:9092',
    KAFKA_SASL_MECHANISM: 'PLAIN',
    KAFKA_SASL_USERNAME: 'hidden-user',
    KAFKA_SASL_PASSWORD: 'hidden-password',
    POSTGRES_URL: 'postgres://hidden-user:hidden-password@db/requite',
  };
  const shown = commandFor(secrets);
  expect(shown.isWhole).toBe(false);
  expect(shown.command).toBe('BROKERS=a:9092 bun run services engine');
});

test('whoever logged in is not told where the files are', () => {
  const shown = commandFor({ DATA_DIR: '/srv/requite', OIDC_ISSUER: 'https://login.example/realms/r' });
  expect(shown).toMatchObject({ command: 'bun run services engine', isWhole: false });
});
