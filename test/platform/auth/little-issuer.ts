import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';

import { LittleLogins } from './little-logins.ts';

type Key = { readonly kid: string; readonly alg: string; readonly privateKey: CryptoKey; readonly jwk: JWK };

/** An issuer of the test's own, to be made to say what a real one says only when something is wrong. */
export class LittleIssuer {
  /** How often each path was asked for. */
  readonly asked: Map<string, number> = new Map();
  /** What its answers are instead, by path. */
  readonly instead: Map<string, () => Response | Promise<Response>> = new Map();
  /** Life of the tokens that clients get, in seconds. */
  tokenSeconds = 300;
  /** What clients sent last to get a token. */
  lastAuthorization: string | null = null;
  /** Who can log in with a browser, and the roles that they have. */
  readonly people: Map<string, readonly string[]> = new Map();
  readonly logins: LittleLogins;
  readonly #server: Bun.Server<undefined>;
  #keys: readonly Key[] = [];
  #tokens = 0;

  private constructor() {
    this.logins = new LittleLogins(this);
    this.#server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: (request) => this.#answer(request) });
  }

  static async start(): Promise<LittleIssuer> {
    const issuer = new LittleIssuer();
    await issuer.addKey('first');
    return issuer;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.port}/realm`;
  }

  async addKey(kid: string, alg = 'RS256'): Promise<void> {
    const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
    const jwk = { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' };
    this.#keys = [...this.#keys, { kid, alg, privateKey, jwk }];
  }

  withdrawKey(kid: string): void {
    this.#keys = this.#keys.filter((key) => key.kid !== kid);
  }

  /** A token as a good issuer makes it, with these claims instead; undefined leaves one out. */
  async token(
    claims: Readonly<Record<string, unknown>> = {},
    header: { kid?: string; typ?: string } = {},
  ): Promise<string> {
    const key = this.#keys.find(({ kid }) => kid === header.kid) ?? this.#keys.at(-1);
    if (key === undefined) throw new Error('the little issuer has no key');
    const now = Math.floor(Date.now() / 1000);
    const all = {
      iss: this.url,
      aud: 'requite',
      sub: 'alice-id',
      iat: now,
      exp: now + 300,
      preferred_username: 'alice',
      ...claims,
    };
    return new SignJWT(all)
      .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: 'JWT', ...header })
      .sign(key.privateKey);
  }

  countOf(path: string): number {
    return this.asked.get(path) ?? 0;
  }

  async stop(): Promise<void> {
    await this.#server.stop(true);
  }

  async #answer(request: Request): Promise<Response> {
    const path = new URL(request.url).pathname.replace('/realm', '');
    this.asked.set(path, this.countOf(path) + 1);
    const instead = this.instead.get(path) ?? this.instead.get('*');
    if (instead !== undefined) return instead();
    if (path === '/.well-known/openid-configuration')
      return Response.json({
        issuer: this.url,
        jwks_uri: `${this.url}/keys`,
        token_endpoint: `${this.url}/token`,
        authorization_endpoint: `${this.url}/authorize`,
        end_session_endpoint: `${this.url}/logout`,
      });
    if (path === '/keys') return Response.json({ keys: this.#keys.map(({ jwk }) => jwk) });
    if (path !== '/token') return this.logins.answer(path, request);
    this.lastAuthorization = request.headers.get('authorization');
    const fields = new URLSearchParams(await request.text());
    if (fields.get('grant_type') !== 'client_credentials') return await this.logins.tokens(fields);
    return Response.json({
      access_token: `token-${++this.#tokens}`,
      expires_in: this.tokenSeconds,
      token_type: 'Bearer',
    });
  }
}
