import type { LittleIssuer } from './little-issuer.ts';

/** A login that waits for its code to be used. */
interface Granted {
  readonly person: string;
  readonly parameters: URLSearchParams;
}

/** The little issuer's login: a page with a button for each person, codes with PKCE, refresh tokens, logout. */
export class LittleLogins {
  /** Refresh tokens are good for one use: the next comes with the answer. */
  readonly #refresh: Map<string, string> = new Map();
  readonly #granted: Map<string, Granted> = new Map();
  readonly #issuer: LittleIssuer;
  #made = 0;

  constructor(issuer: LittleIssuer) {
    this.#issuer = issuer;
  }

  /** What a browser sees of the issuer. */
  answer(path: string, request: Request): Response {
    const url = new URL(request.url);
    if (path === '/authorize') return this.#authorize(url, request);
    if (path === '/logout') {
      this.#refresh.clear();
      const headers = {
        location: url.searchParams.get('post_logout_redirect_uri') ?? '',
        'set-cookie': 'little=; Path=/; Max-Age=0',
      };
      const isKnown = url.searchParams.has('id_token_hint') && headers.location.endsWith('/ui/logged-out');
      return isKnown ? new Response(null, { status: 302, headers }) : new Response('who?', { status: 400 });
    }
    return new Response(null, { status: 404 });
  }

  /** Forgets who is logged in, as if their sessions had ended. */
  endSessions(): void {
    this.#refresh.clear();
  }

  async tokens(fields: URLSearchParams): Promise<Response> {
    const code = fields.get('code') ?? '';
    const granted = this.#granted.get(code);
    if (fields.get('grant_type') === 'authorization_code') {
      this.#granted.delete(code);
      if (granted === undefined || !(await fits(granted.parameters, fields))) return refused();
      const nonce = granted.parameters.get('nonce');
      return await this.#tokensOf(granted.person, { nonce });
    }
    const person = this.#refresh.get(fields.get('refresh_token') ?? '');
    this.#refresh.delete(fields.get('refresh_token') ?? '');
    return person === undefined ? refused() : await this.#tokensOf(person, {});
  }

  #authorize(url: URL, request: Request): Response {
    const { searchParams: parameters } = url;
    const isSound =
      parameters.get('response_type') === 'code' &&
      parameters.get('client_id') === 'requite-people' &&
      parameters.get('scope')?.includes('openid') &&
      parameters.get('code_challenge_method') === 'S256' &&
      parameters.get('redirect_uri')?.endsWith('/ui/login/callback');
    if (!isSound) return new Response('no such client', { status: 400 });
    const known = /little=(\w+)/.exec(request.headers.get('cookie') ?? '')?.[1];
    const person = parameters.get('person') ?? known;
    if (person === undefined) return this.#choice(parameters);
    const code = `code-${++this.#made}`;
    this.#granted.set(code, { person, parameters });
    const back = new URL(parameters.get('redirect_uri') ?? '');
    for (const [name, value] of Object.entries({
      code,
      state: parameters.get('state') ?? '',
      iss: this.#issuer.url,
    }))
      back.searchParams.set(name, value);
    const headers = { location: back.href, 'set-cookie': `little=${person}; Path=/` };
    return new Response(null, { status: 302, headers });
  }

  /** Another port of a host is the same site to a browser; what is of another origin it still is. */
  #choice(parameters: URLSearchParams): Response {
    const fields = [...parameters].map(
      ([name, value]) => `<input type="hidden" name="${name}" value="${value}">`,
    );
    const buttons = [...this.#issuer.people.keys()].map(
      (name) => `<button name="person" value="${name}">${name}</button>`,
    );
    const page = `<!doctype html><html lang="en"><title>Who are you?</title><link rel="icon" href="data:,"><form>${fields.join('')}${buttons.join('')}</form></html>`;
    return new Response(page, { headers: { 'content-type': 'text/html' } });
  }

  async #tokensOf(person: string, identity: Readonly<Record<string, unknown>>): Promise<Response> {
    const roles = this.#issuer.people.get(person) ?? [];
    const refresh = `refresh-${++this.#made}`;
    this.#refresh.set(refresh, person);
    const exp = Math.floor(Date.now() / 1_000) + this.#issuer.tokenSeconds;
    const who = { sub: `${person}-id`, preferred_username: person };
    return Response.json({
      access_token: await this.#issuer.token({ ...who, exp, realm_access: { roles } }),
      id_token: await this.#issuer.token({ ...who, ...identity, aud: 'requite-people' }),
      refresh_token: refresh,
      token_type: 'Bearer',
    });
  }
}

async function fits(asked: URLSearchParams, fields: URLSearchParams): Promise<boolean> {
  const digest = await crypto.subtle.digest('SHA-256', Buffer.from(fields.get('code_verifier') ?? ''));
  return (
    Buffer.from(digest).toString('base64url') === asked.get('code_challenge') &&
    fields.get('redirect_uri') === asked.get('redirect_uri') &&
    fields.get('client_id') === asked.get('client_id')
  );
}

function refused(): Response {
  return Response.json({ error: 'invalid_grant', error_description: 'not known' }, { status: 400 });
}
