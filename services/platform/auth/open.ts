import type { OidcSettings } from '../config.ts';
import { HttpProblem, unavailable } from '../http/problem.ts';
import type { Logger } from '../log.ts';
import type { Access } from './access.ts';
import type { Auth, Principal } from './auth.ts';
import { ClientCredentials } from './client-credentials.ts';
import { Issuer } from './issuer.ts';
import { IssuerError } from './issuer-json.ts';
import { type Login, openLogin } from './login.ts';
import { rememberPrincipal } from './principal.ts';
import { Sessions } from './sessions.ts';
import { principalOfToken, TokenError, type TokensOptions } from './tokens.ts';

export interface AuthOptions {
  /** Null: nobody is asked who he is. */
  readonly oidc: OidcSettings | null;
  readonly logger: Logger;
  /** Milliseconds since 1970; default: the clock. */
  readonly now?: () => number;
  /** Proxies in front that are believed; default none. */
  readonly trustedProxies?: number;
}

/** Opens what tells who may do what. It asks nobody yet: the issuer may come up later. */
export function openAuth({ oidc, logger, now = Date.now, trustedProxies = 0 }: AuthOptions): Auth {
  if (oidc === null)
    return { required: false, check: async () => null, headers: async () => ({}), login: null };
  const issuer = new Issuer({ issuer: oidc.issuer, logger, now });
  const tokens: TokensOptions = { issuer, name: oidc.issuer, audience: oidc.audience, now };
  const credentials = oidc.client && new ClientCredentials({ client: oidc.client, issuer, logger, now });
  const { people: client } = oidc;
  const sessions = new Sessions({ issuer, client, trustedProxies, now });
  const login = withProblems(openLogin({ issuer, client, sessions, tokens }));
  return {
    required: true,
    login,
    check: async (request, access, withSession = false) => {
      if (access === 'public') return null;
      const session =
        withSession && !request.headers.has('authorization') ? await login.tokenOf(request) : null;
      const principal = await authenticated(request, session, tokens);
      // also where it may not: the page that says so names whom it means
      rememberPrincipal(request, principal);
      authorize(principal, access);
      return principal;
    },
    headers: async () => {
      if (credentials === null) return {};
      try {
        return { authorization: `Bearer ${await credentials.token()}` };
      } catch (error) {
        throw asProblem(error);
      }
    },
  };
}

/** The same, with problems in place of an issuer that fails and tokens that are no good. */
function withProblems({ begin, finish, end, tokenOf }: Login): Login {
  const told =
    <A extends readonly unknown[], R>(act: (...given: A) => Promise<R>) =>
    async (...given: A): Promise<R> => {
      try {
        return await act(...given);
      } catch (error) {
        throw asProblem(error);
      }
    };
  return { begin: told(begin), finish: told(finish), end: told(end), tokenOf: told(tokenOf) };
}

async function authenticated(
  request: Request,
  session: string | null,
  tokens: TokensOptions,
): Promise<Principal> {
  const header = session === null ? request.headers.get('authorization') : `Bearer ${session}`;
  if (header === null) throw unauthorized('Send a token of the issuer, as "Authorization: Bearer …".');
  const [, token] = /^Bearer +([A-Za-z0-9._~+/=-]+) *$/i.exec(header) ?? [];
  if (token === undefined)
    throw unauthorized('The header Authorization has no bearer token: send it as "Authorization: Bearer …".');
  try {
    return await principalOfToken(token, tokens);
  } catch (error) {
    throw asProblem(error);
  }
}

function authorize(principal: Principal, access: Access): void {
  if (access === 'public' || access === 'anybody') return;
  const { name, roles } = principal;
  if (roles.has('admin') || roles.has('service') || access.some((role) => roles.has(role))) return;
  const needed = access.length === 1 ? `the role ${access[0]}` : `one of the roles ${access.join(', ')}`;
  const has = roles.size === 0 ? 'no role that counts here' : [...roles].join(', ');
  throw new HttpProblem({
    status: 403,
    code: 'role-missing',
    detail: `This needs ${needed}; the token of ${name} has ${has}. Ask whoever gives roles for it.`,
    headers: { 'www-authenticate': challenge('insufficient_scope', `needs ${needed}`) },
  });
}

/** RFC 6750: `error` only where there was a token. */
function challenge(error?: string, description?: string): string {
  return error === undefined
    ? 'Bearer realm="requite"'
    : `Bearer realm="requite", error="${error}", error_description="${description}"`;
}

function unauthorized(detail: string): HttpProblem {
  return new HttpProblem({
    status: 401,
    code: 'no-token',
    detail,
    headers: { 'www-authenticate': challenge() },
  });
}

function asProblem(error: unknown): unknown {
  if (error instanceof TokenError) {
    return new HttpProblem({
      status: 401,
      code: 'invalid-token',
      detail: `The token is not good: ${error.message}. Get a new one from the issuer.`,
      headers: { 'www-authenticate': challenge('invalid_token', error.message) },
      cause: error,
    });
  }
  if (!(error instanceof IssuerError)) return error;
  const detail =
    'The issuer of tokens does not answer as it should, so it is not known who may do what; the log of this service says more. Send the same again in a few seconds.';
  return unavailable('issuer-unavailable', detail, error);
}
