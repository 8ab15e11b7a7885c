import type { Logger } from '../log.ts';
import type { Issuer } from './issuer.ts';
import { IssuerError, issuerJson } from './issuer-json.ts';

/** A token is renewed when so much of its life is left, in parts of it, or so many milliseconds, whichever is less. */
const RENEW_LEFT = { part: 0.25, ms: 30_000 };
/** A token that is about to end is not sent: it would be late where it arrives. */
const USABLE_LEFT_MS = 2_000;
const RETRY_AFTER_MS = 1_000;

interface Held {
  readonly token: string;
  readonly renewAt: number;
  readonly endsAt: number;
}

export interface ClientCredentialsOptions {
  readonly client: { readonly id: string; readonly secret: string };
  readonly issuer: Issuer;
  readonly logger: Logger;
  readonly now: () => number;
}

/**
 * Our own token by OAuth's client credentials, kept and renewed before it ends, with one request at a time. While the
 * issuer is away, the one that we have serves until its end.
 */
export class ClientCredentials {
  readonly #options: ClientCredentialsOptions;
  #held: Held | null = null;
  #renewing: Promise<Held> | null = null;
  #failure: { readonly error: IssuerError; readonly at: number } | null = null;

  constructor(options: ClientCredentialsOptions) {
    this.#options = options;
  }

  /** A token that is good for some time yet. Throws `IssuerError`. */
  async token(): Promise<string> {
    const now = this.#options.now();
    const held = this.#held;
    if (held === null || now >= held.endsAt - USABLE_LEFT_MS) return (await this.#renew()).token;
    // a failure is logged where it is met, and the next call tries again
    if (now >= held.renewAt) void this.#renew().catch(() => {});
    return held.token;
  }

  #renew(): Promise<Held> {
    const failure = this.#failure;
    if (failure !== null && this.#options.now() - failure.at < RETRY_AFTER_MS)
      return Promise.reject(failure.error);
    this.#renewing ??= this.#fetch().finally(() => {
      this.#renewing = null;
    });
    return this.#renewing;
  }

  async #fetch(): Promise<Held> {
    const { client, issuer, logger, now } = this.#options;
    try {
      const { tokenEndpoint } = await issuer.current();
      if (tokenEndpoint === null)
        throw new IssuerError('the issuer does not say where clients get tokens (token_endpoint)');
      this.#held = await fetchToken(tokenEndpoint, client, now());
    } catch (cause) {
      const error = explained(cause, client.id);
      if (this.#failure === null)
        logger.warn({ err: error, client: client.id }, 'no token for calls of other services');
      this.#failure = { error, at: now() };
      throw error;
    }
    this.#failure = null;
    return this.#held;
  }
}

async function fetchToken(
  endpoint: URL,
  client: ClientCredentialsOptions['client'],
  now: number,
): Promise<Held> {
  // RFC 6749, 2.3.1: both are form-encoded before they are joined
  const credentials = [client.id, client.secret].map(encodeURIComponent).join(':');
  const answer = await issuerJson(endpoint, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(credentials).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: 'grant_type=client_credentials',
  });
  const { access_token: token, expires_in: seconds } = answer;
  if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token))
    throw new IssuerError(`${endpoint.href} answered without a token`);
  // where it doesn't say for how long, each call asks
  const lifeMs = typeof seconds === 'number' && seconds > 0 ? seconds * 1_000 : 0;
  const renewBeforeMs = Math.min(RENEW_LEFT.ms, lifeMs * RENEW_LEFT.part);
  return { token, renewAt: now + lifeMs - renewBeforeMs, endsAt: now + lifeMs };
}

function explained(cause: unknown, clientId: string): IssuerError {
  if (!(cause instanceof IssuerError)) return new IssuerError(String(cause), { cause });
  if (cause.status !== 400 && cause.status !== 401) return cause;
  const advice = `the issuer refuses the client "${clientId}": ${cause.reason ?? cause.status}; check OIDC_CLIENT_ID and OIDC_CLIENT_SECRET, and that it may use client credentials`;
  return new IssuerError(advice, { status: cause.status, reason: cause.reason, cause });
}
