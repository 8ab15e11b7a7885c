// A service's REST interface, as a command asks it.
import { ClientCredentials } from '../platform/auth/client-credentials.ts';
import { Issuer } from '../platform/auth/issuer.ts';
import { IssuerError } from '../platform/auth/issuer-json.ts';
import { readSettings, type Settings } from '../platform/config.ts';
import { createLogger } from '../platform/log.ts';
import { pause } from '../platform/pause.ts';
import { UsageError } from '../platform/topics/arguments.ts';
import type { Surroundings } from './command.ts';
import { NotReached, Refused } from './errors.ts';

export interface Asking {
  readonly method?: 'GET' | 'POST';
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is; made anew for each attempt. */
  readonly body?: () => Blob | ReadableStream<Uint8Array>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  /** It does no harm twice: it is sent again where its fate is not known. Default: a GET is. */
  readonly repeatable?: boolean;
  readonly signal?: AbortSignal | undefined;
}

export interface Service {
  /** What it is called where it does not answer. */
  readonly name: string;
  readonly url: string;
  readonly headers: () => Promise<Record<string, string>>;
  /** How to say where it is. */
  readonly told: string;
}

const PAUSES_MS: readonly number[] = [100, 300, 900];

export class Remote {
  readonly #service: Service;

  constructor(service: Service) {
    this.#service = service;
  }

  get url(): string {
    return this.#service.url;
  }

  /** Its answer as JSON. Throws `NotReached` and `Refused`. */
  async json<T>(path: string, asking: Asking = {}): Promise<T> {
    const response = await this.ask(path, asking);
    try {
      return (await response.json()) as T;
    } catch (error) {
      throw new NotReached(`The answer of ${this.#service.url}${path} broke off, or is no JSON.`, {
        cause: error,
      });
    }
  }

  /** Its answer, which says that it is done. Throws `NotReached` and `Refused`. */
  async ask(path: string, asking: Asking = {}): Promise<Response> {
    const { method = 'GET', repeatable = method === 'GET', signal } = asking;
    for (let attempt = 0; ; attempt++) {
      const found = await this.#once(path, asking);
      if (found instanceof Response) return found;
      const pauseMs = PAUSES_MS[attempt];
      if (!repeatable || pauseMs === undefined || signal?.aborted === true) throw found;
      await pause(pauseMs, signal);
    }
  }

  async #once(path: string, asking: Asking): Promise<Response | NotReached> {
    const { url, headers, name, told } = this.#service;
    const own = await headers();
    let response: Response;
    try {
      response = await fetch(target(url, path, asking.query), initOf(asking, own));
    } catch (error) {
      asking.signal?.throwIfAborted();
      const reason = error instanceof Error ? error.message : String(error);
      return new NotReached(
        `The ${name} does not answer at ${url} (${reason}): start it with bun run services, or say where it is with ${told}.`,
        { cause: error },
      );
    }
    if (response.ok) return response;
    const { code, detail } = await problemIn(response);
    const said = detail ?? `${response.status} ${response.statusText}`.trim();
    if ([429, 502, 503, 504].includes(response.status))
      return new NotReached(`The ${name} at ${url} can't now: ${said}`);
    throw new Refused(said, { status: response.status, code });
  }
}

function target(url: string, path: string, query: Asking['query'] = {}): URL {
  const found = new URL(url.replace(/\/+$/, '') + path);
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) found.searchParams.set(name, String(value));
  return found;
}

function initOf(
  { method = 'GET', json, body, headers = {}, signal }: Asking,
  own: Record<string, string>,
): RequestInit {
  const content = json === undefined ? body?.() : JSON.stringify(json);
  const type: Record<string, string> = json === undefined ? {} : { 'content-type': 'application/json' };
  return {
    method,
    headers: { ...own, ...type, ...headers },
    ...(content === undefined ? {} : { body: content }),
    ...(signal ? { signal } : {}),
  };
}

/** What a refusal says of itself. */
async function problemIn(response: Response): Promise<{ code: string | null; detail: string | null }> {
  const text = await response.text().catch(() => ''); // an answer that breaks off says no more than its status
  try {
    const { code, detail } = JSON.parse(text) as { code?: unknown; detail?: unknown };
    return {
      code: typeof code === 'string' ? code : null,
      detail: typeof detail === 'string' ? detail : null,
    };
  } catch {
    return { code: null, detail: null }; // no JSON: somebody else answered, such as a proxy
  }
}

/** The coordinator that is meant. Throws `UsageError`, `SettingsError`. */
export function coordinatorOf(surroundings: Surroundings, url: string | undefined): Remote {
  const { REQUITE_URL } = surroundings.environment;
  return remoteOf(surroundings, {
    name: 'coordinator',
    option: '--url',
    variable: 'REQUITE_URL',
    url: url ?? REQUITE_URL,
  });
}

/** The CRM that is meant. Throws `UsageError`, `SettingsError`. */
export function crmOf(surroundings: Surroundings, url: string | undefined): Remote {
  return remoteOf(surroundings, { name: 'crm', option: '--crm-url', variable: 'CRM_URL', url });
}

interface Meant {
  readonly name: 'coordinator' | 'crm';
  readonly option: string;
  readonly variable: string;
  readonly url: string | undefined;
}

function remoteOf({ environment }: Surroundings, { name, option, variable, url }: Meant): Remote {
  const settings = readSettings(environment, false);
  const port = name === 'crm' ? settings.crmPort : settings.coordinatorPort;
  const host = ['0.0.0.0', '::'].includes(settings.host) ? '127.0.0.1' : settings.host;
  const found =
    url?.trim() || settings.addresses[name] || `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  if (!/^https?:\/\/[^/]/.test(found) || !URL.canParse(found))
    throw new UsageError(
      `${option} takes an address such as http://127.0.0.1:${port || 3007}, not "${found}".`,
    );
  return new Remote({
    name: name === 'crm' ? 'CRM' : name,
    url: found,
    headers: tokenHeaders(settings.oidc, environment.REQUITE_TOKEN?.trim()),
    told: `${option} or ${variable}`,
  });
}

/** Headers with a token, where there is one to be had: the given one, else the issuer's for our client. */
function tokenHeaders(oidc: Settings['oidc'], token: string | undefined): Service['headers'] {
  if (token) return async () => ({ authorization: `Bearer ${token}` });
  if (!oidc?.client) return async () => ({});
  const logger = createLogger({ logLevel: 'silent', logFormat: 'json' });
  const issuer = new Issuer({ issuer: oidc.issuer, logger, now: Date.now });
  const credentials = new ClientCredentials({ client: oidc.client, issuer, logger, now: Date.now });
  return async () => {
    try {
      return { authorization: `Bearer ${await credentials.token()}` };
    } catch (error) {
      if (!(error instanceof IssuerError)) throw error;
      const message = `No token could be had: ${error.message}`;
      throw error.status === 400 || error.status === 401
        ? new Refused(message, { status: error.status, code: null, cause: error })
        : new NotReached(message, { cause: error });
    }
  };
}
