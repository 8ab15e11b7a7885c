import { createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import type { Logger } from '../log.ts';
import { Allowance } from './allowance.ts';
import { IssuerError, issuerJson } from './issuer-json.ts';

/** Keys older than this are fetched again, while the old ones serve on. */
const REFRESH_AFTER_MS = 10 * 60_000;
/** Keys older than this serve no more: a key that the issuer withdrew must end some time, even unheard. */
const KEEP_MS = 24 * 3_600_000;
/** After a failure, nobody asks the issuer again for so long. */
const RETRY_AFTER_MS = 1_000;
/** What tokens with unknown keys may cost the issuer: five looks at once, then one in ten seconds. */
const UNKNOWN_KEYS = { burst: 5, everyMs: 10_000 };

/** What the issuer says of itself. */
export interface Known {
  readonly keys: JWTVerifyGetKey;
  /** Where clients get tokens; null: it doesn't say. */
  readonly tokenEndpoint: URL | null;
  /** Where people log in with a browser, and where they log out; null: it doesn't say. */
  readonly authorizationEndpoint: URL | null;
  readonly endSessionEndpoint: URL | null;
  readonly fetchedAt: number;
}

export interface IssuerOptions {
  readonly issuer: string;
  readonly logger: Logger;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/**
 * The issuer's metadata and keys (OpenID Connect Discovery 1.0), fetched when first needed and kept. While it is away,
 * what is known serves on, for a day at most.
 */
export class Issuer {
  readonly #options: IssuerOptions;
  readonly #unknownKeys: Allowance;
  #known: Known | null = null;
  #loading: Promise<Known> | null = null;
  #failure: { readonly error: IssuerError; readonly at: number } | null = null;

  constructor(options: IssuerOptions) {
    this.#options = options;
    this.#unknownKeys = new Allowance(UNKNOWN_KEYS, options.now);
  }

  /** What is known, fetched where that is nothing or too old. Throws `IssuerError`. */
  async current(): Promise<Known> {
    const known = this.#known;
    const age = known === null ? Number.POSITIVE_INFINITY : this.#options.now() - known.fetchedAt;
    if (known === null || age > KEEP_MS) return this.#load();
    // a failure is logged where it is met, and the next request tries again
    if (age > REFRESH_AFTER_MS) void this.#load().catch(() => {});
    return known;
  }

  /**
   * For a token whose key is not known: what the issuer says now, or null where it was asked too often already. A key
   * that is new at the issuer is found at once, and made-up ones can't be used to wear it out. Throws `IssuerError`.
   */
  async refreshed(than: Known): Promise<Known | null> {
    // others fetched while this one was looking
    if (this.#known !== null && this.#known !== than) return this.#known;
    if (this.#loading === null && !this.#unknownKeys.take()) return null;
    return this.#load();
  }

  #load(): Promise<Known> {
    const failure = this.#failure;
    if (failure !== null && this.#options.now() - failure.at < RETRY_AFTER_MS)
      return Promise.reject(failure.error);
    this.#loading ??= this.#fetch().finally(() => {
      this.#loading = null;
    });
    return this.#loading;
  }

  async #fetch(): Promise<Known> {
    const { issuer, logger, now } = this.#options;
    try {
      this.#known = await fetchKnown(issuer, now());
    } catch (cause) {
      const error = cause instanceof IssuerError ? cause : new IssuerError(String(cause), { cause });
      // once for each time that it goes away, not for each request
      if (this.#failure === null)
        logger.warn({ err: error, issuer }, 'the issuer of tokens can not be asked');
      this.#failure = { error, at: now() };
      throw error;
    }
    if (this.#failure !== null) logger.info({ issuer }, 'the issuer of tokens answers again');
    this.#failure = null;
    return this.#known;
  }
}

async function fetchKnown(issuer: string, now: number): Promise<Known> {
  const metadata = await issuerJson(new URL(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`));
  if (metadata.issuer !== issuer)
    throw new IssuerError(
      `${issuer} says that it is the issuer ${JSON.stringify(metadata.issuer)}: set OIDC_ISSUER to that, to the letter`,
    );
  const jwksUri = endpointOf(metadata, 'jwks_uri', issuer);
  if (jwksUri === null) throw new IssuerError(`${issuer} does not say where its keys are (jwks_uri)`);
  const keySet = await issuerJson(jwksUri);
  return {
    keys: keysOf(keySet, jwksUri),
    tokenEndpoint: endpointOf(metadata, 'token_endpoint', issuer),
    authorizationEndpoint: endpointOf(metadata, 'authorization_endpoint', issuer),
    endSessionEndpoint: endpointOf(metadata, 'end_session_endpoint', issuer),
    fetchedAt: now,
  };
}

/** An address in the metadata. What came over TLS must not send us where there is none. */
function endpointOf(metadata: Readonly<Record<string, unknown>>, member: string, issuer: string): URL | null {
  const value = metadata[member];
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : null;
  if (url === null) return null;
  if (url.protocol === 'https:' || (url.protocol === 'http:' && issuer.startsWith('http:'))) return url;
  throw new IssuerError(`${issuer} names an address that can't be trusted as its ${member}: ${url.href}`);
}

function keysOf(keySet: unknown, from: URL): JWTVerifyGetKey {
  try {
    return createLocalJWKSet(keySet as JSONWebKeySet);
  } catch (cause) {
    throw new IssuerError(`${from.href} has no set of keys`, { cause });
  }
}
