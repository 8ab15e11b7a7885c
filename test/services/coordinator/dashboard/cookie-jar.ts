/** A browser as far as cookies go: it keeps what it is told to, and sends it to one server. */
export class CookieJar {
  /** What each cookie came with. */
  readonly attributes: Map<string, string> = new Map();
  readonly #url: string;
  readonly #cookies: Map<string, string> = new Map();

  constructor(url: string) {
    this.#url = url;
  }

  get header(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  names(): Iterable<string> {
    return this.#cookies.keys();
  }

  has(name: string): boolean {
    return this.#cookies.has(name);
  }

  value(name: string): string {
    return this.#cookies.get(name) ?? '';
  }

  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    return this.#ask(path, { headers });
  }

  /** Sends a form, as a page of the server's own does. */
  post(
    path: string,
    fields: Readonly<Record<string, string>>,
    headers: Readonly<Record<string, string>> = { 'sec-fetch-site': 'same-origin' },
  ): Promise<Response> {
    const body = new URLSearchParams(fields);
    return this.#ask(path, { method: 'POST', body, headers: { accept: 'text/html', ...headers } });
  }

  async #ask(path: string, init: RequestInit): Promise<Response> {
    const headers = { ...(init.headers as Record<string, string>), cookie: this.header };
    const response = await fetch(this.#url + path, { ...init, headers, redirect: 'manual' });
    for (const cookie of response.headers.getSetCookie()) this.#keep(cookie);
    return response;
  }

  #keep(cookie: string): void {
    const [, name = '', value = '', attributes = ''] = /^([^=]+)=([^;]*)(.*)$/.exec(cookie) ?? [];
    this.attributes.set(name, attributes);
    if (attributes.includes('Max-Age=0')) this.#cookies.delete(name);
    else this.#cookies.set(name, value);
  }
}
