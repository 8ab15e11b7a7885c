import { decodeJwt } from 'jose';
import { type CookieKind, Cookies } from './cookies.ts';
import type { Issuer } from './issuer.ts';
import { IssuerError } from './issuer-json.ts';
import { rememberSession } from './session.ts';
import { type LoginClient, requestTokens, type Tokens } from './token-request.ts';

/** An access token with less left than this is renewed first, in milliseconds. */
const RENEW_LEFT_MS = 30_000;
/** A page asks for several things at once: those that come with one refresh token within this are one renewal. */
const SHARED_MS = 10_000;
/** And so many renewals are remembered for that. */
const SHARED_MAX = 1_000;

export interface SessionsOptions {
  readonly issuer: Issuer;
  readonly client: LoginClient;
  /** Proxies in front of this process whose `X-Forwarded-Proto` is believed; 0: that header counts for nothing. */
  readonly trustedProxies: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

interface Renewal {
  readonly at: number;
  readonly tokens: Promise<Tokens>;
}

/** Sessions of people: they live in their browsers' cookies alone, so that any instance can go on with them. */
export class Sessions {
  readonly #options: SessionsOptions;
  readonly #renewals: Map<string, Renewal> = new Map();

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  /** `https://host`, as the browser has it. */
  originOf(request: Request): string {
    return `${this.#isSecure(request) ? 'https' : 'http'}://${new URL(request.url).host}`;
  }

  cookies(request: Request): Cookies {
    return new Cookies(request.headers, this.#isSecure(request));
  }

  /**
   * The access token of the request's session, renewed where it is about to end; null: there is none, or it has ended.
   * What the answer is to set is noted with the request. Throws `IssuerError` where the issuer is needed and can't be asked.
   */
  async tokenOf(request: Request): Promise<string | null> {
    const cookies = this.cookies(request);
    const access = cookies.get('session');
    const refresh = cookies.get('refresh');
    const leftMs = access === null ? 0 : endOf(access) - this.#options.now();
    if (leftMs > RENEW_LEFT_MS || refresh === null) return this.#noted(request, access, []);
    try {
      const tokens = await this.#renewed(refresh);
      return this.#noted(request, tokens.access, this.keeping(request, tokens));
    } catch (error) {
      if (leftMs > 0) return this.#noted(request, access, []);
      if (!(error instanceof IssuerError) || !isRefusal(error)) throw error;
      // the session has ended at the issuer: its cookies are of no use any more
      return this.#noted(request, null, this.ending(request));
    }
  }

  /** Set-Cookie headers that keep these tokens. Throws `CookieTooLarge`. */
  keeping(request: Request, { access, refresh, identity }: Tokens): readonly string[] {
    const cookies = this.cookies(request);
    const kept = (kind: CookieKind, value: string | null): string[] =>
      value === null ? [] : [cookies.set(kind, value)];
    return [...kept('session', access), ...kept('refresh', refresh), ...kept('identity', identity)];
  }

  /** Set-Cookie headers that end the session here. */
  ending(request: Request): readonly string[] {
    const cookies = this.cookies(request);
    return (['session', 'refresh', 'identity'] as const).map((kind) => cookies.clear(kind));
  }

  #noted(request: Request, token: string | null, cookies: readonly string[]): string | null {
    rememberSession(request, { token, cookies });
    return token;
  }

  #renewed(refresh: string): Promise<Tokens> {
    const { issuer, client, now } = this.#options;
    const at = now();
    for (const [key, renewal] of this.#renewals)
      if (at - renewal.at > SHARED_MS || this.#renewals.size > SHARED_MAX) this.#renewals.delete(key);
    const known = this.#renewals.get(refresh);
    if (known !== undefined) return known.tokens;
    const fields = { grant_type: 'refresh_token', refresh_token: refresh };
    const tokens = requestTokens(issuer, client, fields);
    this.#renewals.set(refresh, { at, tokens });
    // what failed may work the next time
    tokens.catch(() => this.#renewals.delete(refresh));
    return tokens;
  }

  #isSecure({ url, headers }: Request): boolean {
    if (new URL(url).protocol === 'https:') return true;
    if (this.#options.trustedProxies === 0) return false;
    return headers.get('x-forwarded-proto')?.split(',').at(-1)?.trim().toLowerCase() === 'https';
  }
}

/** The issuer answered, and does not take what it was sent. */
export function isRefusal({ status }: IssuerError): boolean {
  return status === 400 || status === 401;
}

/** When a token ends, in milliseconds since 1970, as it says itself: it is checked where it is used. 0: it doesn't say. */
function endOf(token: string): number {
  try {
    return (decodeJwt(token).exp ?? 0) * 1_000;
  } catch {
    // no token of ours: renewed, or refused by the check
    return 0;
  }
}
