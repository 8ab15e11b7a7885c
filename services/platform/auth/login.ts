// Login with a browser: OpenID Connect's authorization code flow with PKCE.
import { errors, jwtVerify } from 'jose';
import { HttpProblem } from '../http/problem.ts';
import { CookieTooLarge } from './cookies.ts';
import type { Issuer } from './issuer.ts';
import { IssuerError } from './issuer-json.ts';
import { loginPaths } from './login-paths.ts';
import { isRefusal, type Sessions } from './sessions.ts';
import { type LoginClient, requestTokens, type Tokens } from './token-request.ts';
import { ALGORITHMS, CLOCK_TOLERANCE_SECONDS, principalOfToken, type TokensOptions } from './tokens.ts';

const SCOPE = 'openid profile';
/** A page's path that is longer than this is forgotten over the login. */
const BACK_MAX_LENGTH = 1_000;

/** How people log in with a browser. All that it keeps is in the browser's cookies. */
export interface Login {
  /** Leads to the issuer's login, and from there to `to`, a path of ours. Throws `HttpProblem` or `IssuerError`. */
  begin(request: Request, to: string): Promise<Response>;
  /** Takes whom the issuer sends back, and leads to the page that was asked for. Throws `HttpProblem` or `IssuerError`. */
  finish(request: Request): Promise<Response>;
  /** Ends the session here; `url` is where the issuer ends its own, null where it does not say. */
  end(request: Request): Promise<{ readonly cookies: readonly string[]; readonly url: string | null }>;
  /** The access token of the request's session, renewed where it is due; null: there is none. Throws `IssuerError`. */
  tokenOf(request: Request): Promise<string | null>;
}

export interface LoginOptions {
  readonly client: LoginClient;
  readonly issuer: Issuer;
  readonly sessions: Sessions;
  /** How access tokens are checked. */
  readonly tokens: TokensOptions;
}

/** Makes the login of a client. */
export function openLogin(options: LoginOptions): Login {
  const { sessions } = options;
  return {
    begin: (request, to) => begin(options, request, to),
    finish: (request) => finish(options, request),
    end: (request) => end(options, request),
    tokenOf: (request) => sessions.tokenOf(request),
  };
}

/** What is remembered of a login that is under way. */
interface Begun {
  /** PKCE's secret, without which nobody can use the code. */
  readonly verifier: string;
  /** Comes back in the ID token, which is then of this login. */
  readonly nonce: string;
  readonly to: string;
}

async function begin(
  { issuer, client, sessions }: LoginOptions,
  request: Request,
  to: string,
): Promise<Response> {
  const { authorizationEndpoint } = await issuer.current();
  if (authorizationEndpoint === null)
    throw new IssuerError('the issuer does not say where people log in (authorization_endpoint)');
  const [state, verifier, nonce] = [secret(), secret(), secret()];
  const url = new URL(authorizationEndpoint);
  const parameters = {
    response_type: 'code',
    client_id: client.id,
    redirect_uri: sessions.originOf(request) + loginPaths.callback,
    scope: SCOPE,
    state,
    nonce,
    code_challenge: await challengeOf(verifier),
    code_challenge_method: 'S256',
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  const begun: Begun = { verifier, nonce, to: to.length > BACK_MAX_LENGTH ? '/' : to };
  return redirect(url.href, [sessions.cookies(request).set('login', JSON.stringify(begun), state)]);
}

async function finish(options: LoginOptions, request: Request): Promise<Response> {
  const { sessions, client, issuer, tokens: checking } = options;
  const query = new URL(request.url).searchParams;
  const state = query.get('state') ?? '';
  const cookies = sessions.cookies(request);
  const begun = /^[\w-]{43}$/.test(state) ? begunOf(cookies.get('login', state)) : null;
  if (begun === null) throw lost();
  // RFC 9207: an issuer that says who it is must be ours
  const iss = query.get('iss');
  if (iss !== null && iss !== checking.name) throw lost();
  const code = query.get('code');
  if (query.has('error') || code === null) throw refused(query);
  const fields = {
    grant_type: 'authorization_code',
    code,
    redirect_uri: sessions.originOf(request) + loginPaths.callback,
    code_verifier: begun.verifier,
  };
  const given = await requestTokens(issuer, client, fields).catch((error: unknown) => {
    throw error instanceof IssuerError && isRefusal(error) ? notTaken(error) : error;
  });
  await assertIdentity(given, begun, options);
  // what the pages would refuse is refused here: else they would lead to the login again and again
  await principalOfToken(given.access, checking);
  try {
    const kept = sessions.keeping(request, given);
    return redirect(begun.to, [...kept, cookies.clear('login', state)]);
  } catch (error) {
    throw error instanceof CookieTooLarge ? tooLarge(error) : error;
  }
}

async function end({ issuer, client, sessions }: LoginOptions, request: Request): ReturnType<Login['end']> {
  const cookies = sessions.ending(request);
  // while the issuer is away, the session still ends here
  const known = await issuer.current().catch(() => null);
  if (!known?.endSessionEndpoint) return { cookies, url: null };
  const url = new URL(known.endSessionEndpoint);
  const identity = sessions.cookies(request).get('identity');
  if (identity !== null) url.searchParams.set('id_token_hint', identity);
  url.searchParams.set('client_id', client.id);
  url.searchParams.set('post_logout_redirect_uri', sessions.originOf(request) + loginPaths.loggedOut);
  return { cookies, url: url.href };
}

/** OpenID Connect Core 1.0, 3.1.3.7. Throws `HttpProblem`. */
async function assertIdentity({ identity }: Tokens, { nonce }: Begun, options: LoginOptions): Promise<void> {
  const { client, issuer, tokens } = options;
  if (identity === null) throw notOurs('it gave no ID token');
  try {
    const { keys } = await issuer.current();
    const { payload } = await jwtVerify(identity, keys, {
      algorithms: ALGORITHMS,
      issuer: tokens.name,
      audience: client.id,
      requiredClaims: ['exp', 'sub'],
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      currentDate: new Date(tokens.now()),
    });
    if (payload.nonce !== nonce) throw notOurs('its ID token is of another login');
  } catch (error) {
    throw error instanceof errors.JOSEError ? notOurs('its ID token is not good', error) : error;
  }
}

function redirect(location: string, cookies: readonly string[]): Response {
  const response = new Response(null, { status: 303, headers: { location } });
  for (const cookie of cookies) response.headers.append('set-cookie', cookie);
  return response;
}

/** 256 bits, as 43 characters. */
function secret(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64url');
}

async function challengeOf(verifier: string): Promise<string> {
  return Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(verifier))).toString('base64url');
}

function begunOf(cookie: string | null): Begun | null {
  if (cookie === null) return null;
  try {
    const { verifier, nonce, to } = JSON.parse(cookie) as Partial<Begun>;
    const isWhole = typeof verifier === 'string' && typeof nonce === 'string' && typeof to === 'string';
    return isWhole ? { verifier, nonce, to } : null;
  } catch {
    // not one of ours
    return null;
  }
}

function lost(): HttpProblem {
  const detail =
    'This login was not begun in this browser, is finished, or was begun more than ten minutes ago: log in again.';
  return new HttpProblem({ status: 400, code: 'login-lost', detail });
}

function refused(query: URLSearchParams): HttpProblem {
  const said = ['error', 'error_description'].flatMap((name) => query.get(name)?.slice(0, 300) || []);
  const why = said.length === 0 ? 'it gave no reason' : said.join(': ');
  const detail = `The issuer did not log you in (${why}). Log in again, or ask whoever runs it.`;
  return new HttpProblem({ status: 403, code: 'login-refused', detail });
}

function notTaken(cause: IssuerError): HttpProblem {
  const why = cause.reason ?? String(cause.status);
  const detail = `The issuer did not take the login back (${why}): log in again. If that doesn't help, check OIDC_LOGIN_CLIENT_ID.`;
  return new HttpProblem({ status: 400, code: 'login-lost', detail, cause });
}

function notOurs(why: string, cause?: unknown): HttpProblem {
  const detail = `What the issuer answered can't be trusted: ${why}. Log in again.`;
  return new HttpProblem({ status: 403, code: 'login-refused', detail, cause });
}

function tooLarge(cause: CookieTooLarge): HttpProblem {
  const detail = `Your token is too large for a browser: ${cause.message}, of at most 4,096. Let the issuer put fewer roles and claims into the tokens of this client.`;
  return new HttpProblem({ status: 403, code: 'login-too-large', detail, cause });
}
