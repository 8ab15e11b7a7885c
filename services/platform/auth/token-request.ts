import type { Issuer } from './issuer.ts';
import { IssuerError, issuerJson } from './issuer-json.ts';

/** As whom people log in: a public client, or one with a secret. */
export interface LoginClient {
  readonly id: string;
  readonly secret: string | null;
}

/** What the issuer gave for a code or a refresh token. */
export interface Tokens {
  readonly access: string;
  /** Null: the session ends with the access token. */
  readonly refresh: string | null;
  readonly identity: string | null;
}

/** Asks the issuer's token endpoint. Throws `IssuerError`; its status is 400 or 401 where what was sent is not good. */
export async function requestTokens(
  issuer: Issuer,
  client: LoginClient,
  fields: Readonly<Record<string, string>>,
): Promise<Tokens> {
  const { tokenEndpoint } = await issuer.current();
  if (tokenEndpoint === null)
    throw new IssuerError('the issuer does not say where tokens are (token_endpoint)');
  const answer = await issuerJson(tokenEndpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...basic(client) },
    body: String(new URLSearchParams({ ...fields, client_id: client.id })),
  });
  const access = textOf(answer.access_token);
  if (access === null) throw new IssuerError(`${tokenEndpoint.href} answered without an access token`);
  return { access, refresh: textOf(answer.refresh_token), identity: textOf(answer.id_token) };
}

/** RFC 6749, 2.3.1: both are form-encoded before they are joined. */
function basic({ id, secret }: LoginClient): Record<string, string> {
  if (secret === null) return {};
  const credentials = [id, secret].map(encodeURIComponent).join(':');
  return { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` };
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && /^[\x21-\x7e]+$/.test(value) ? value : null;
}
