import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { freePorts } from '../broker/ports.ts';
import { openWorkspace } from '../broker/workspace.ts';
import { until } from '../support/until.ts';
import { Admin } from './admin.ts';
import { javaOptions, keycloakDirectory, shareHome } from './distribution.ts';

const realmFile = resolve(import.meta.dirname, '../../deploy/keycloak/requite-realm.json');
const boss = { user: 'boss', password: 'boss' };
const startMs = 240_000;

/** A Keycloak with the realm of the deployment. */
export interface Keycloak {
  /** `http://127.0.0.1:port` */
  readonly url: string;
  /** The realm, as its tokens name it. */
  readonly issuer: string;
  readonly admin: Admin;
  /** A person's access token, by password, which is the name. `issuer`: asked under that address. */
  tokenOf(person: string, client?: string, issuer?: string): Promise<string>;
  /** The tokens that come with it, which are for other uses. */
  otherTokensOf(person: string): Promise<{ readonly idToken: string; readonly refreshToken: string }>;
  /** kill -9; resolves when it is gone. */
  kill(): Promise<void>;
  /** Starts it again after a kill, on its data and port; resolves when it serves. */
  start(): Promise<void>;
}

/**
 * Starts Keycloak and waits until it serves: about 15 s, and 6 s after a kill. It ends with this process at the latest.
 * `port`: default a free one.
 */
export async function startKeycloak(options: { readonly port?: number } = {}): Promise<Keycloak> {
  const programs = await keycloakDirectory();
  const workspace = openWorkspace();
  const home = join(workspace.directory, 'keycloak');
  mkdirSync(home);
  shareHome(programs, home);
  copyFileSync(realmFile, join(home, 'data/import/requite-realm.json'));
  const [free = 0, managementPort = 0] = await freePorts(2);
  const { port = free } = options;
  const url = `http://127.0.0.1:${port}`;
  const issuer = `${url}/realms/requite`;
  let child: ChildProcess | null = null;

  const start = async (): Promise<void> => {
    const started = workspace.spawn('keycloak', [
      'java',
      ...javaOptions(home),
      ...[
        'start',
        '--optimized',
        '--import-realm',
        '--cache=local',
        '--http-enabled=true',
        '--hostname-strict=false',
      ],
      ...['--http-host=127.0.0.1', `--http-port=${port}`, `--http-management-port=${managementPort}`],
      ...[`--bootstrap-admin-username=${boss.user}`, `--bootstrap-admin-password=${boss.password}`],
    ]);
    child = started;
    const serves = async (): Promise<boolean> => {
      if (started.exitCode !== null || started.signalCode !== null)
        throw new Error('it ended while it started');
      // not listening yet: nobody answers
      return (await fetch(`${issuer}/.well-known/openid-configuration`).catch(() => null))?.status === 200;
    };
    await until('Keycloak to serve', serves, startMs).catch((cause: unknown) => {
      throw new Error(`Keycloak did not come up\n${tail(join(workspace.directory, 'keycloak.log'))}`, {
        cause,
      });
    });
  };

  const kill = async (): Promise<void> => {
    if (child === null) throw new Error('Keycloak does not run: start it first');
    child.ref();
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    child = null;
  };

  await start();
  const admin = new Admin(url, async () => {
    const realm = `${url}/realms/master`;
    return (await signIn(realm, 'admin-cli', boss.user, boss.password)).access_token;
  });
  return {
    url,
    issuer,
    admin,
    kill,
    start,
    tokenOf: async (person, client = 'requite-people', at = issuer) =>
      (await signIn(at, client, person, person)).access_token,
    otherTokensOf: async (person) => {
      const signedIn = await signIn(issuer, 'requite-people', person, person);
      return { idToken: signedIn.id_token, refreshToken: signedIn.refresh_token };
    },
  };
}

interface SignedIn {
  readonly access_token: string;
  readonly id_token: string;
  readonly refresh_token: string;
}

async function signIn(realm: string, client: string, username: string, password: string): Promise<SignedIn> {
  const response = await fetch(`${realm}/protocol/openid-connect/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'password',
      scope: 'openid',
      client_id: client,
      username,
      password,
    }),
  });
  const answer = (await response.json()) as SignedIn;
  if (!response.ok) throw new Error(`no token for ${username}: ${JSON.stringify(answer)}`);
  return answer;
}

function tail(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(-40).join('\n') : '';
}
