/** A key of the realm, as its component. */
interface KeyComponent {
  readonly id: string;
  readonly name: string;
  readonly providerId: string;
  readonly providerType: string;
  readonly parentId: string;
  readonly config: Readonly<Record<string, readonly string[]>>;
}

const keyProvider = 'org.keycloak.keys.KeyProvider';

/** What the administrator of the realm does, by Keycloak's admin REST API. */
export class Admin {
  readonly #realm: string;
  readonly #token: () => Promise<string>;

  constructor(url: string, token: () => Promise<string>) {
    this.#realm = `${url}/admin/realms/requite`;
    this.#token = token;
  }

  /** From now on tokens are signed with a new key; those of the keys before are still good (passive keys). */
  async rotateKeys(): Promise<void> {
    const old = await this.#signingKeys();
    const realm = (await this.#ask('GET', '')) as { id: string };
    await this.#ask('POST', '/components', {
      name: `rsa-${crypto.randomUUID()}`,
      providerId: 'rsa-generated',
      providerType: keyProvider,
      parentId: realm.id,
      config: { priority: ['200'], enabled: ['true'], active: ['true'], algorithm: ['RS256'] },
    });
    for (const key of old) await this.#changeKey(key, { active: ['false'] });
  }

  /** Withdraws the passive keys: what they signed is good no more. */
  async withdrawPassiveKeys(): Promise<void> {
    for (const key of await this.#signingKeys())
      if (key.config.active?.[0] === 'false') await this.#ask('DELETE', `/components/${key.id}`);
  }

  /** A client for people with a password, whose tokens are for this audience, and live so long, in seconds. */
  async addClient(
    clientId: string,
    { audience, seconds }: { audience?: string; seconds?: number },
  ): Promise<void> {
    const mapper = {
      name: 'audience',
      protocol: 'openid-connect',
      protocolMapper: 'oidc-audience-mapper',
      config: { 'included.custom.audience': audience, 'access.token.claim': 'true' },
    };
    await this.#ask('POST', '/clients', {
      clientId,
      publicClient: true,
      directAccessGrantsEnabled: true,
      attributes: seconds === undefined ? {} : { 'access.token.lifespan': String(seconds) },
      protocolMappers: audience === undefined ? [] : [mapper],
    });
  }

  /** Ends the sessions of everybody. */
  async endSessions(): Promise<void> {
    await this.#ask('POST', '/logout-all');
  }

  async #signingKeys(): Promise<readonly KeyComponent[]> {
    const found = (await this.#ask('GET', `/components?type=${keyProvider}`)) as KeyComponent[];
    return found.filter(({ providerId }) => providerId === 'rsa-generated');
  }

  async #changeKey(key: KeyComponent, config: KeyComponent['config']): Promise<void> {
    await this.#ask('PUT', `/components/${key.id}`, { ...key, config: { ...key.config, ...config } });
  }

  async #ask(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.#realm}${path}`, {
      method,
      headers: { authorization: `Bearer ${await this.#token()}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`Keycloak answered ${response.status} to ${method} ${path}: ${text}`);
    return text === '' ? null : JSON.parse(text);
  }
}
