// Which coordinator and which CRM a command asks, and with which token.
import { type ConnectOptions, connect, type Requite } from '../../client/mod.ts';
import { ClientCredentials } from '../platform/auth/client-credentials.ts';
import { Issuer } from '../platform/auth/issuer.ts';
import { IssuerError } from '../platform/auth/issuer-json.ts';
import { readSettings, type Settings } from '../platform/config.ts';
import { createLogger } from '../platform/log.ts';
import { shellWord } from '../platform/shell.ts';
import { UsageError } from '../platform/topics/arguments.ts';
import type { Surroundings } from './command.ts';
import { NotReached, Refused } from './errors.ts';
import { Remote } from './remote.ts';

/** A command that somebody waits for gives up soon; one that watches says for itself how long it tries. */
const RETRY_FOR_MS = 2_000;

/** The coordinator by its client; by plain requests where the client has no method. */
export interface Coordinator {
  readonly client: (options?: Pick<ConnectOptions, 'fetch' | 'retryForMs'>) => Requite;
  readonly remote: Remote;
  /** A command with these words that asks the same coordinator, as the user would type it. */
  readonly command: (words: string) => string;
}

/** The coordinator that is meant. Throws `UsageError`, `SettingsError`. */
export function coordinatorOf(surroundings: Surroundings, url: string | undefined): Coordinator {
  const { REQUITE_URL } = surroundings.environment;
  const given = url ?? REQUITE_URL;
  const meant = { name: 'coordinator', option: '--url', variable: 'REQUITE_URL', url: given } as const;
  const { address, token, told } = placeOf(surroundings, meant);
  return {
    client: (options = {}) =>
      connect(address, { retryForMs: RETRY_FOR_MS, ...(token && { token }), ...options }),
    remote: new Remote({ name: 'coordinator', url: address, headers: headersWith(token), told }),
    command: (words) =>
      surroundings.advice(`requite ${words}`) + (url === undefined ? '' : ` --url ${shellWord(url)}`),
  };
}

/** The CRM that is meant. Throws `UsageError`, `SettingsError`. */
export function crmOf(surroundings: Surroundings, url: string | undefined): Remote {
  const meant = { name: 'crm', option: '--crm-url', variable: 'CRM_URL', url } as const;
  const { address, token, told } = placeOf(surroundings, meant);
  return new Remote({ name: 'CRM', url: address, headers: headersWith(token), told });
}

interface Meant {
  readonly name: 'coordinator' | 'crm';
  readonly option: string;
  readonly variable: string;
  readonly url: string | undefined;
}

type Token = () => Promise<string>;

interface Place {
  readonly address: string;
  /** Null where none is to be had. */
  readonly token: Token | null;
  /** How to say where it is. */
  readonly told: string;
}

function placeOf({ environment }: Surroundings, { name, option, variable, url }: Meant): Place {
  const settings = readSettings(environment, false);
  const port = name === 'crm' ? settings.crmPort : settings.coordinatorPort;
  const host = ['0.0.0.0', '::'].includes(settings.host) ? '127.0.0.1' : settings.host;
  const found =
    url?.trim() || settings.addresses[name] || `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  if (!/^https?:\/\/[^/]/.test(found) || !URL.canParse(found))
    throw new UsageError(
      `${option} takes an address such as http://127.0.0.1:${port || 3007}, not "${found}".`,
    );
  const token = tokenOf(settings.oidc, environment.REQUITE_TOKEN?.trim());
  return { address: found, token, told: `${option} or ${variable}` };
}

function headersWith(token: Token | null): () => Promise<Record<string, string>> {
  if (token === null) return () => Promise.resolve({});
  return () => token().then((found) => ({ authorization: `Bearer ${found}` }));
}

/** The given token, else what gives the issuer's for our client. */
function tokenOf(oidc: Settings['oidc'], given: string | undefined): Token | null {
  if (given) return async () => given;
  if (!oidc?.client) return null;
  const logger = createLogger({ logLevel: 'silent', logFormat: 'json' });
  const issuer = new Issuer({ issuer: oidc.issuer, logger, now: Date.now });
  const credentials = new ClientCredentials({ client: oidc.client, issuer, logger, now: Date.now });
  return async () => {
    try {
      return await credentials.token();
    } catch (error) {
      if (!(error instanceof IssuerError)) throw error;
      const message = `No token could be had: ${error.message}`;
      throw error.status === 400 || error.status === 401
        ? new Refused(message, { status: error.status, code: null, cause: error })
        : new NotReached(message, { cause: error });
    }
  };
}
